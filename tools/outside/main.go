// Checks tiles, proofs and tree heads with golang.org/x/mod/sumdb alone: note and tlog as the Go
// toolchain carries them, nothing of sluice. Run by tools/prove_outside.py.
//
//	outside tiles DIR VKEY COUNT     checkpoint, COUNT records and sizes by tiles, then every entry
//	outside record DIR VKEY POSITION one record, by tiles alone
//	outside proof VKEY PROOF ENTRY   a tlog-proof of an entry
//	outside request VKEY OLD REQUEST a witness's request that goes on from a checkpoint
//
// Exit: 0 all of it verifies, 1 something does not, 2 wrong usage.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// head opens a checkpoint by the key; its text has three lines.
func head(message []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// folder reads tiles where C2SP tlog-tiles puts them.
type folder string

func (f folder) Height() int { return tileHeight }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := os.ReadFile(f.path(strconv.Itoa(tile.L), tile.N, tile.W))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (f folder) path(level string, number int64, width int) string {
	path := fmt.Sprintf("%03d", number%1000)
	for number >= 1000 {
		number /= 1000
		path = fmt.Sprintf("x%03d/%s", number%1000, path)
	}
	if width < 1<<tileHeight {
		path += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join(string(f), "tile", level, path)
}

// entries are those of one bundle.
func (f folder) entries(number int64, width int) ([][]byte, error) {
	data, err := os.ReadFile(f.path("entries", number, width))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, fmt.Errorf("bundle %d ends within a length", number)
		}
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			return nil, fmt.Errorf("bundle %d ends within an entry", number)
		}
		entries = append(entries, data[2:2+size])
		data = data[2+size:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", number, len(entries), width)
	}
	return entries, nil
}

func width(size, number int64) int {
	return int(min(1<<tileHeight, size-number<<tileHeight))
}

func open(dir, vkey string) (folder, tlog.Tree, tlog.HashReader, error) {
	message, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return "", tlog.Tree{}, nil, err
	}
	tree, err := head(message, vkey)
	return folder(dir), tree, tlog.TileHashReader(tree, folder(dir)), err
}

// record proves one record by the tiles, as a client does that trusts the checkpoint alone.
func record(f folder, tree tlog.Tree, reader tlog.HashReader, position int64) error {
	entries, err := f.entries(position>>tileHeight, width(tree.N, position>>tileHeight))
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, position, reader)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(entries[position&(1<<tileHeight-1)])
	return tlog.CheckRecord(proof, tree.N, tree.Hash, position, leaf)
}

func growth(tree tlog.Tree, reader tlog.HashReader, old int64) error {
	root, err := tlog.TreeHash(old, reader)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old, root)
}

// rebuild hashes every entry, holds every tile of level 0 against the hashes, and makes the root.
func rebuild(f folder, tree tlog.Tree) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for number := int64(0); number<<tileHeight < tree.N; number++ {
		entries, err := f.entries(number, width(tree.N, number))
		if err != nil {
			return err
		}
		var leaves []byte
		for index, entry := range entries {
			leaf := tlog.RecordHash(entry)
			leaves = append(leaves, leaf[:]...)
			position := number<<tileHeight + int64(index)
			more, err := tlog.StoredHashesForRecordHash(position, leaf, reader)
			if err != nil {
				return err
			}
			stored = append(stored, more...)
		}
		tile, err := os.ReadFile(f.path("0", number, len(entries)))
		if err != nil {
			return err
		}
		if !bytes.Equal(tile, leaves) {
			return fmt.Errorf("tile %d of level 0 is not of its entries", number)
		}
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the root of all entries is %v and that of the checkpoint %v", root, tree.Hash)
	}
	return err
}

func tiles(dir, vkey string, count int64) error {
	f, tree, reader, err := open(dir, vkey)
	if err != nil {
		return err
	}
	records, sizes := 0, 0
	for part := int64(0); part <= count && tree.N > 0; part++ {
		position := part * (tree.N - 1) / count
		if err := record(f, tree, reader, position); err != nil {
			return fmt.Errorf("record %d: %w", position, err)
		}
		records++
		if err := growth(tree, reader, position+1); err != nil {
			return fmt.Errorf("size %d: %w", position+1, err)
		}
		sizes++
	}
	if err := rebuild(f, tree); err != nil {
		return err
	}
	fmt.Printf("%d entries: %d records and %d older sizes by tiles, all made again\n",
		tree.N, records, sizes)
	return nil
}

// parse splits what stands before the empty line: the lines in front, then hashes.
func parse(data []byte, front int) (lines []string, hashes []tlog.Hash, rest []byte, err error) {
	text, rest, found := bytes.Cut(data, []byte("\n\n"))
	lines = strings.Split(string(text), "\n")
	if !found || len(lines) < front {
		return nil, nil, nil, fmt.Errorf("no proof: %q", text)
	}
	for _, line := range lines[front:] {
		digest, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(digest) != tlog.HashSize {
			return nil, nil, nil, fmt.Errorf("no hash: %q", line)
		}
		hashes = append(hashes, tlog.Hash(digest))
	}
	return lines[:front], hashes, rest, nil
}

func number(line, word string) (int64, error) {
	value, found := strings.CutPrefix(line, word+" ")
	parsed, err := strconv.ParseInt(value, 10, 64)
	if !found || err != nil || strconv.FormatInt(parsed, 10) != value {
		return 0, fmt.Errorf("%q where %s and a number must stand", line, word)
	}
	return parsed, nil
}

func proof(vkey, path, entryPath string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	front := 2
	if bytes.HasPrefix(data, []byte("c2sp.org/tlog-proof@v1\nextra ")) {
		front = 3
	}
	lines, hashes, rest, err := parse(data, front)
	if err != nil || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("%v: no tlog-proof", err)
	}
	index, err := number(lines[front-1], "index")
	if err != nil {
		return err
	}
	tree, err := head(rest, vkey)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func request(vkey, oldPath, path string) error {
	message, err := os.ReadFile(oldPath)
	if err != nil {
		return err
	}
	old, err := head(message, vkey)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines, hashes, rest, err := parse(data, 1)
	if err != nil {
		return err
	}
	size, err := number(lines[0], "old")
	if err != nil {
		return err
	}
	tree, err := head(rest, vkey)
	if err != nil {
		return err
	}
	if size != old.N {
		return fmt.Errorf("the request is from size %d and the checkpoint of %d", size, old.N)
	}
	return tlog.CheckTree(hashes, tree.N, tree.Hash, old.N, old.Hash)
}

func run(words []string) error {
	switch {
	case len(words) == 4 && words[0] == "tiles":
		count, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil || count < 1 {
			return fmt.Errorf("COUNT %q", words[3])
		}
		return tiles(words[1], words[2], count)
	case len(words) == 4 && words[0] == "record":
		position, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			return err
		}
		f, tree, reader, err := open(words[1], words[2])
		if err != nil {
			return err
		}
		if position < 0 || position >= tree.N {
			return fmt.Errorf("position %d of %d", position, tree.N)
		}
		return record(f, tree, reader, position)
	case len(words) == 4 && words[0] == "proof":
		return proof(words[1], words[2], words[3])
	case len(words) == 4 && words[0] == "request":
		return request(words[1], words[2], words[3])
	}
	fmt.Fprintln(os.Stderr, "outside tiles|record|proof|request: see the head of main.go")
	os.Exit(2)
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
