// The words of the made-up market: what shops sell, and the cities they stand in.

import Events

enum MarketWords {
  static let categories: [ShortText] = list([
    "apparel", "beauty", "books", "digital", "food", "furniture", "grocery", "health", "home",
    "jewellery", "mother-and-baby", "pets", "shoes", "sports", "toys",
  ])

  static func cities(_ tier: Tier) -> [ShortText] {
    switch tier {
    case .t1: t1
    case .n1: n1
    case .t2: t2
    case .t3: t3
    case .t4: t4
    case .t5, .unknown: t5
    }
  }

  private static let t1 = list(["beijing", "guangzhou", "shanghai", "shenzhen"])
  private static let n1 = list([
    "changsha", "chengdu", "chongqing", "dongguan", "hangzhou", "hefei", "nanjing", "ningbo",
    "qingdao", "suzhou", "tianjin", "wuhan", "wuxi", "xian", "zhengzhou",
  ])
  private static let t2 = list([
    "changchun", "changzhou", "dalian", "foshan", "fuzhou", "guiyang", "haerbin", "jinan",
    "jinhua", "kunming", "nanchang", "nanning", "nantong", "quanzhou", "shaoxing", "shenyang",
    "shijiazhuang", "taiyuan", "wenzhou", "xiamen", "xuzhou", "yantai",
  ])
  private static let t3 = list([
    "haikou", "huzhou", "langfang", "lanzhou", "linyi", "luoyang", "mianyang", "shantou",
    "tangshan", "weifang", "wuhu", "yancheng", "yangzhou", "zhanjiang", "zunyi",
  ])
  private static let t4 = list([
    "anqing", "baoji", "changde", "dali", "guilin", "huaihua", "jian", "liaocheng", "nanping",
    "qinzhou", "shaoyang", "xinyang", "yibin", "zhangjiakou",
  ])
  private static let t5 = list([
    "aksu", "baise", "baicheng", "dingxi", "guyuan", "heihe", "jiuquan", "lincang", "qingyang",
    "shangluo", "tongliao", "wuzhong",
  ])

  private static func list(_ words: [String]) -> [ShortText] {
    words.map { word in
      guard let text = ShortText(word) else {
        preconditionFailure("a word of the market is longer than a short text")
      }
      return text
    }
  }
}
