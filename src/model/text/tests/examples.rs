//! Real names, and queries that find them.

use super::*;

const ZIKUN: &[&str] = &["紫昆未来产业园"];
const FUDAN: &[&str] = &["复旦大学", "Fudan University"];
const JIAODA: &[&str] = &["上海交通大学昆山未来产业研究院"];

#[test]
fn names_are_found_as_they_are_spelled() {
    assert_eq!(highlight("紫昆", ZIKUN), "⟦紫昆⟧未来产业园");
    assert_eq!(highlight("未来产业", ZIKUN), "紫昆⟦未来产业⟧园");
    assert_eq!(highlight("紫", ZIKUN), "⟦紫⟧昆未来产业园");
    assert_eq!(highlight("fudan", FUDAN), "⟦Fudan⟧ University");
    assert_eq!(highlight("ＦＵＤＡＮ　ｕｎｉ", FUDAN), "⟦Fudan Uni⟧versity");
    assert_eq!(highlight("vers", FUDAN), "Fudan Uni⟦vers⟧ity");
    assert_eq!(highlight("f", FUDAN), "⟦F⟧udan University");
    assert_eq!(
        highlight("hightech", &["Kunshan High-tech Zone"]),
        "Kunshan ⟦High-tech⟧ Zone"
    );
    assert_eq!(
        highlight("星期天", &["“星期天工程师”柔性引才模式"]),
        "“⟦星期天⟧工程师”柔性引才模式"
    );
    assert_eq!(
        highlight("\"星期天工程师\"柔性", &["“星期天工程师”柔性引才模式"]),
        "“⟦星期天工程师”柔性⟧引才模式"
    );
    assert_eq!(highlight("沪昆", &["一网通沪昆"]), "一网通⟦沪昆⟧");
    assert_eq!(
        highlight("税收共享", &["嘉昆太税收共享模式"]),
        "嘉昆太⟦税收共享⟧模式"
    );
    assert_eq!(
        highlight("technology green", &["Green Technology Fund"]),
        "⟦Green⟧ ⟦Technology⟧ Fund"
    );
    assert_eq!(highlight("jiaotong", &["Jiāotōng Zhàn"]), "⟦Jiāotōng⟧ Zhàn");
    assert_eq!(
        highlight("g60", &["长三角Ｇ６０科创走廊"]),
        "长三角⟦Ｇ６０⟧科创走廊"
    );
}

#[test]
fn names_are_found_by_sound_and_initials() {
    for query in [
        "zikun", "zi kun", "ziku", "ZIKUN", "zk", "紫kun", "zi昆", "zǐkūn", "zi'kun",
    ] {
        assert_eq!(highlight(query, ZIKUN), "⟦紫昆⟧未来产业园", "{query}");
    }
    assert_eq!(highlight("weilaichany", ZIKUN), "紫昆⟦未来产业⟧园");
    assert_eq!(
        highlight("shanghai jiaotong", JIAODA),
        "⟦上海交通⟧大学昆山未来产业研究院"
    );
    assert_eq!(highlight("shjtdx", JIAODA), "⟦上海交通大学⟧昆山未来产业研究院");
    assert_eq!(highlight("jtdx ks", JIAODA), "上海⟦交通大学昆山⟧未来产业研究院");
    assert_eq!(
        highlight("sjtu", &["Shanghai Jiao Tong University"]),
        "⟦S⟧hanghai ⟦J⟧iao ⟦T⟧ong ⟦U⟧niversity"
    );
    assert_eq!(
        highlight("zikun park", &["紫昆未来产业园", "Zikun Park"]),
        "⟦Zikun Park⟧"
    );
    assert_eq!(highlight("zikunpark", &["紫昆Park"]), "⟦紫昆Park⟧");
    for query in ["chongqing", "zhongqing", "cq", "zq", "chongq"] {
        assert_eq!(highlight(query, &["重庆市"]), "⟦重庆⟧市", "{query}");
    }
    assert_eq!(highlight("lvse", &["绿色科技"]), "⟦绿色⟧科技");
    assert_eq!(highlight("lüse", &["绿色科技"]), "⟦绿色⟧科技");
    assert_eq!(highlight("xian", &["西安"]), "⟦西安⟧");
    for query in ["ikun", "kz", "zikunwl", "zikunn", "un", "园紫"] {
        assert_eq!(highlight(query, ZIKUN), "", "{query}");
    }
}

#[test]
fn every_word_is_found_somewhere() {
    let both: &[&str] = &["紫昆未来产业园", "Future Industry Park"];
    assert_eq!(highlight("紫昆 park", both), "⟦紫昆⟧未来产业园");
    assert_eq!(highlight("紫昆 zone", both), "");
    assert_eq!(
        ranked("park:zikun", ZIKUN, "park:zikun").unwrap().1,
        "⟦park:zikun⟧"
    );
    assert_eq!(
        ranked("fund angel", &["天使基金"], "fund:angel").unwrap().1,
        "⟦fund:angel⟧"
    );
    assert_eq!(
        ranked("angel", &["天使基金"], "fund:angel").unwrap().1,
        "fund:⟦angel⟧"
    );
    assert_eq!(ranked("fa", &["某"], "fund:angel"), None);
}

#[test]
fn better_matches_stand_first() {
    let ladder: &[(&[&str], &str)] = &[
        (&["昆山"], "region:k"),
        (&["某地", "昆山"], "region:k"),
        (&["昆山市"], "region:k"),
        (&["昆山高新区"], "region:k"),
        (&["某地", "昆山市"], "region:k"),
        (&["上海昆山"], "region:k"),
    ];
    let scores: Vec<_> = ladder
        .iter()
        .map(|(names, id)| ranked("昆山", names, id).map(|found| found.0))
        .collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let ladder = ["Kun", "Kunming", "Mount Kun", "Mikunda", "昆", "昆山", "玉昆"];
    let scores: Vec<_> = ladder
        .iter()
        .map(|name| ranked("kun", &[name], "region:x").map(|found| found.0))
        .collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let ladder = ["紫昆", "紫昆区", "大紫昆", "紫昆斯", "朱可", "朱可区", "大朱可"];
    let queries = ["zikun", "zikun", "zikun", "ziku", "zk", "zk", "zk"];
    let scores: Vec<_> = ladder
        .iter()
        .zip(queries)
        .map(|(name, query)| ranked(query, &[name], "region:x").map(|found| found.0))
        .collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let best = ranked("昆", &["昆"], "region:x").unwrap().0;
    assert!(best.value() > 0.99 && best.value() <= 1.0 && Score::from_bits(best.bits()) == best);
}

#[test]
fn a_query_says_what_is_wrong_with_it() {
    assert_eq!(
        SearchQuery::parse(" \u{3000}").unwrap_err(),
        SearchQueryError::Empty
    );
    assert_eq!(
        SearchQuery::parse("·!").unwrap_err(),
        SearchQueryError::Marks("·!".to_string())
    );
    assert_eq!(
        SearchQuery::parse(&"昆".repeat(201)).unwrap_err(),
        SearchQueryError::Length(201)
    );
    assert_eq!(SearchQuery::parse(&"昆".repeat(200)).unwrap().tokens(), ["昆昆"]);
    assert_eq!(
        SearchQuery::parse("紫昆未 Park zk 园").unwrap().tokens(),
        ["紫昆", "昆未", "par", "ark", "zk", "园"]
    );
}

#[test]
fn a_mark_in_a_name_is_no_highlight() {
    assert_eq!(highlight("昆", &["⟦昆⟧山"]), "[⟦昆⟧]山");
}

#[test]
fn traditional_and_simplified_find_each_other_and_the_mark_stands_in_what_is_written() {
    assert_eq!(highlight("復旦", FUDAN), "⟦复旦⟧大学");
    assert_eq!(highlight("复旦", &["復旦大學"]), "⟦復旦⟧大學");
    assert_eq!(highlight("崑山", &["昆山市"]), "⟦昆山⟧市");
    assert_eq!(highlight("昆山", &["蘇州崑山市"]), "蘇州⟦崑山⟧市");
    assert_eq!(
        highlight("大学 fudan", &["復旦大學", "Fudan University"]),
        "⟦復旦大學⟧"
    );
    // The sound is that of what is written.
    assert_eq!(highlight("qianlong", &["乾隆"]), "⟦乾隆⟧");
    assert_eq!(highlight("fddx", &["復旦大學"]), "⟦復旦大學⟧");
    assert!(contains("復旦大學", "旦大学") && contains("复旦大学", "大學"));
    assert_eq!(sort_key("復旦大學"), sort_key("复旦大学"));
}

#[test]
fn a_name_contains_whatever_the_case_and_width() {
    assert!(contains("Ｆｕｄａｎ　 University", "fudan UNI"));
    assert!(contains("复旦大学", "") && contains("ｶﾞｲﾄﾞ", "ガイ"));
    assert!(!contains("复旦大学", "复大") && !contains("Fudan University", "danuni"));
    assert_eq!(NameFilter::of("旦大学 niv").tokens(), ["旦大", "大学", "niv"]);
    assert_eq!(NameFilter::of("un·").tokens(), [""; 0]);
}

#[test]
fn chinese_and_english_stand_in_one_alphabet() {
    let mut sorted = [
        "上海市",
        "Shang Yang",
        "Shanghai",
        "鲜",
        "西安",
        "紫昆",
        "Fudan University",
        "复旦大学",
        "“阿”",
        "2024",
    ];
    sorted.sort_by_key(|name| sort_key(name));
    assert_eq!(
        sorted,
        [
            "2024",
            "“阿”",
            "复旦大学",
            "Fudan University",
            "Shang Yang",
            "上海市",
            "Shanghai",
            "西安",
            "鲜",
            "紫昆"
        ]
    );
    assert_eq!(sort_key("ＦＵＤＡＮ  Ｕniversity"), sort_key("fudan-university"));
}

#[test]
fn real_names_have_few_tokens() {
    let count = |names: &[&str]| tokens_of(names.iter().copied()).len();
    for name in [
        "紫昆未来产业园",
        "上海交通大学昆山未来产业研究院",
        "嘉昆太税收共享模式",
        "重庆",
        "一网通沪昆",
    ] {
        assert!(
            count(&[name]) <= 14 * name.chars().count(),
            "{name} {}",
            count(&[name])
        );
    }
    assert!(count(&["Fudan University", "Green Technology Fund"]) <= 2 * 37);
    let worst: String = "撣擖敦洒湛繆苴賁鉏哪翟啋稌漴".repeat(20);
    assert!(count(&[&worst]) <= 70 * 14);
}

#[test]
fn normalising_twice_is_normalising_once() {
    for c in '\0'..=char::MAX {
        let once = normalize_name(&c.to_string());
        assert_eq!(normalize_name(&once), once, "{c:?}");
    }
    assert_eq!(normalize_name("  Ａ\u{301}  ㎡\tＥ\u{301}tude "), "a m2 etude");
}
