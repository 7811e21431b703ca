// Every institution whose notices can be read.

/// The readers that a folder of keys can bring to life.
public enum NoticeReaders {
  public static let all: [any KeyedReader.Type] = [
    WeChatPayReader.self, AlipayReader.self, UnionPayReader.self, CardReader.self,
  ]
}
