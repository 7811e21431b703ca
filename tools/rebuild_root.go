// Rebuilds the root of a log from the entries of its tiles, and holds it against the signed head.
//
//	go run . TILES VKEY
//
// For auditors: it uses nothing but Go's golang.org/x/mod, and no tile client, so that no hash in a
// tile is believed. A module that requires golang.org/x/mod is all that it needs around it.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	text, err := os.ReadFile(filepath.Join(os.Args[1], "checkpoint"))
	check(err)
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	signed, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	var size int64
	fmt.Sscan(lines[1], &size)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for event := int64(0); event < size; {
		bundle, err := os.ReadFile(filepath.Join(os.Args[1], path(event/256, size)))
		check(err)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			more, err := tlog.StoredHashes(event, bundle[2:2+length], reader)
			check(err)
			stored = append(stored, more...)
			bundle, event = bundle[2+length:], event+1
		}
	}
	root, err := tlog.TreeHash(size, reader)
	check(err)
	if root.String() != lines[2] {
		check(fmt.Errorf("the events lead to %v, and %v is signed", root, lines[2]))
	}
	fmt.Println("signed and rebuilt:", size, "events,", root)
}

func path(index, size int64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if size-index*256 < 256 {
		name = fmt.Sprintf("%s.p/%d", name, size-index*256)
	}
	return "tile/entries/" + name
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
