//! Real names by example, then properties of any name.

use proptest::prelude::*;

use super::letters::Letters;
use super::normal::walk;
use super::pinyin::readings;
use super::*;
use crate::model::entity::{Name, NameRole};

fn name(value: &str, role: NameRole) -> Name {
    Name { value: value.to_string(), lang: String::new(), role }
}

/// The first is official, the others are aliases.
fn names(values: &[&str]) -> Vec<Name> {
    let role = |at| if at == 0 { NameRole::Official } else { NameRole::Alias };
    values.iter().enumerate().map(|(at, value)| name(value, role(at))).collect()
}

fn has_all(index: &[String], tokens: &[String]) -> bool {
    tokens.iter().all(|token| index.binary_search(token).is_ok())
}

/// Ranks, and holds the promise by which a store finds it at all.
#[track_caller]
fn ranked(query: &str, values: &[&str], id: &str) -> Option<(Score, String)> {
    let query = Query::parse(query).unwrap();
    let names = names(values);
    let found = rank(&query, &names, id).map(|found| (found.score, found.highlight()));
    if found.is_some() {
        let index = index_tokens(values.iter().copied(), id);
        assert!(has_all(&index, query.tokens()), "{query:?} has a token that {index:?} has not");
    }
    found
}

#[track_caller]
fn highlight(query: &str, values: &[&str]) -> String {
    ranked(query, values, "project:p").map(|(_, text)| text).unwrap_or_default()
}

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
    assert_eq!(highlight("hightech", &["Kunshan High-tech Zone"]), "Kunshan ⟦High-tech⟧ Zone");
    assert_eq!(highlight("星期天", &["“星期天工程师”柔性引才模式"]), "“⟦星期天⟧工程师”柔性引才模式");
    assert_eq!(highlight("\"星期天工程师\"柔性", &["“星期天工程师”柔性引才模式"]), "“⟦星期天工程师”柔性⟧引才模式");
    assert_eq!(highlight("沪昆", &["一网通沪昆"]), "一网通⟦沪昆⟧");
    assert_eq!(highlight("税收共享", &["嘉昆太税收共享模式"]), "嘉昆太⟦税收共享⟧模式");
    assert_eq!(highlight("technology green", &["Green Technology Fund"]), "⟦Green⟧ ⟦Technology⟧ Fund");
    assert_eq!(highlight("jiaotong", &["Jiāotōng Zhàn"]), "⟦Jiāotōng⟧ Zhàn");
    assert_eq!(highlight("g60", &["长三角Ｇ６０科创走廊"]), "长三角⟦Ｇ６０⟧科创走廊");
}

#[test]
fn names_are_found_by_sound_and_initials() {
    for query in ["zikun", "zi kun", "ziku", "ZIKUN", "zk", "紫kun", "zi昆", "zǐkūn", "zi'kun"] {
        assert_eq!(highlight(query, ZIKUN), "⟦紫昆⟧未来产业园", "{query}");
    }
    assert_eq!(highlight("weilaichany", ZIKUN), "紫昆⟦未来产业⟧园");
    assert_eq!(highlight("shanghai jiaotong", JIAODA), "⟦上海交通⟧大学昆山未来产业研究院");
    assert_eq!(highlight("shjtdx", JIAODA), "⟦上海交通大学⟧昆山未来产业研究院");
    assert_eq!(highlight("jtdx ks", JIAODA), "上海⟦交通大学昆山⟧未来产业研究院");
    assert_eq!(highlight("sjtu", &["Shanghai Jiao Tong University"]), "⟦S⟧hanghai ⟦J⟧iao ⟦T⟧ong ⟦U⟧niversity");
    assert_eq!(highlight("zikun park", &["紫昆未来产业园", "Zikun Park"]), "⟦Zikun Park⟧");
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
    assert_eq!(ranked("park:zikun", ZIKUN, "park:zikun").unwrap().1, "⟦park:zikun⟧");
    assert_eq!(ranked("fund angel", &["天使基金"], "fund:angel").unwrap().1, "⟦fund:angel⟧");
    assert_eq!(ranked("angel", &["天使基金"], "fund:angel").unwrap().1, "fund:⟦angel⟧");
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
    let scores: Vec<_> = ladder.iter().map(|(names, id)| ranked("昆山", names, id).map(|found| found.0)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let ladder = ["Kun", "Kunming", "Mount Kun", "Mikunda", "昆", "昆山", "玉昆"];
    let scores: Vec<_> = ladder.iter().map(|name| ranked("kun", &[name], "region:x").map(|found| found.0)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let ladder = ["紫昆", "紫昆区", "大紫昆", "紫昆斯", "朱可", "朱可区", "大朱可"];
    let queries = ["zikun", "zikun", "zikun", "ziku", "zk", "zk", "zk"];
    let scores: Vec<_> = ladder.iter().zip(queries).map(|(name, query)| ranked(query, &[name], "region:x").map(|found| found.0)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let best = ranked("昆", &["昆"], "region:x").unwrap().0;
    assert!(best.value() > 0.99 && best.value() <= 1.0 && Score::from_bits(best.bits()) == best);
}

#[test]
fn a_query_says_what_is_wrong_with_it() {
    assert_eq!(Query::parse(" \u{3000}").unwrap_err(), QueryError::Empty);
    assert_eq!(Query::parse("·!").unwrap_err(), QueryError::Marks("·!".to_string()));
    assert_eq!(Query::parse(&"昆".repeat(201)).unwrap_err(), QueryError::Length(201));
    assert_eq!(Query::parse(&"昆".repeat(200)).unwrap().tokens(), ["昆昆"]);
    assert_eq!(Query::parse("紫昆未 Park zk 园").unwrap().tokens(), ["紫昆", "昆未", "par", "ark", "zk", "园"]);
}

#[test]
fn a_mark_in_a_name_is_no_highlight() {
    assert_eq!(highlight("昆", &["⟦昆⟧山"]), "[⟦昆⟧]山");
}

#[test]
fn a_name_contains_whatever_the_case_and_width() {
    assert!(contains("Ｆｕｄａｎ　 University", "fudan UNI"));
    assert!(contains("复旦大学", "") && contains("ｶﾞｲﾄﾞ", "ガイ"));
    assert!(!contains("复旦大学", "复大") && !contains("Fudan University", "danuni"));
    assert_eq!(name_filter_tokens("旦大学 niv"), ["旦大", "大学", "niv"]);
    assert_eq!(name_filter_tokens("un·"), [""; 0]);
}

#[test]
fn chinese_and_english_stand_in_one_alphabet() {
    let mut sorted = ["上海市", "Shang Yang", "Shanghai", "鲜", "西安", "紫昆", "Fudan University", "复旦大学", "“阿”", "2024"];
    sorted.sort_by_key(|name| sort_key(name));
    assert_eq!(sorted, ["2024", "“阿”", "复旦大学", "Fudan University", "Shang Yang", "上海市", "Shanghai", "西安", "鲜", "紫昆"]);
    assert_eq!(sort_key("ＦＵＤＡＮ  Ｕniversity"), sort_key("fudan-university"));
}

#[test]
fn real_names_have_few_tokens() {
    let count = |names: &[&str]| index_tokens(names.iter().copied(), "").len();
    for name in ["紫昆未来产业园", "上海交通大学昆山未来产业研究院", "嘉昆太税收共享模式", "重庆", "一网通沪昆"] {
        assert!(count(&[name]) <= 12 * name.chars().count(), "{name} {}", count(&[name]));
    }
    assert!(count(&["Fudan University", "Green Technology Fund"]) <= 3 * 37);
    let worst: String = "撣擖敦洒湛繆苴賁鉏哪翟啋稌漴".repeat(20);
    assert!(count(&[&worst]) <= 70 * 14);
}

#[test]
fn normalising_twice_is_normalising_once() {
    for c in '\0'..=char::MAX {
        let once = normalise(&c.to_string());
        assert_eq!(normalise(&once), once, "{c:?}");
    }
    assert_eq!(normalise("  Ａ\u{301}  ㎡\tＥ\u{301}tude "), "á m2 étude");
}

/// Chinese characters, Latin words, digits, widths, marks.
fn any_name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[\u{4e00}-\u{9fa5}]{1,6}",
        3 => "[紫昆未来产业园复旦大学上海交通重庆长行乐和绿吕单会都鹅恶安西]{1,5}",
        3 => "[a-zA-Z]{1,9}",
        1 => "[0-9]{1,4}",
        1 => "[Ａ-Ｚａ-ｚ０-９]{1,4}",
        2 => "[ ·“”()-]{1,2}",
        1 => "[éüǘÅßñжアガ㈱ﬁ]{1,2}",
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn part_of(text: &str, from: prop::sample::Index, length: prop::sample::Index) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from.index(chars.len());
    chars[from..].iter().take(1 + length.index(chars.len() - from)).collect()
}

/// A part of the name as it is typed in letters: each character by some reading, Latin as it is; and its initials.
fn typed(part: &[char], choices: &[prop::sample::Index]) -> (String, String) {
    let (mut sound, mut first) = (String::new(), String::new());
    for (c, choice) in part.iter().zip(choices) {
        let all = readings(*c);
        sound.extend(all.list()[choice.index(all.list().len())].iter().map(|letter| char::from(*letter)));
        let initials: Vec<u8> = all.initials().collect();
        first.push(char::from(initials[choice.index(initials.len())]));
    }
    (sound, first)
}

fn found(query: &str, name: &str) -> bool {
    ranked(query, &[name], "project:p").is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("HUKUN_SOAK").is_some() { 20_000 } else { 256 }))]

    #[test]
    fn the_pieces_are_the_normalised_whole(text in any::<String>()) {
        use unicode_normalization::UnicodeNormalization;
        let mut pieces = String::new();
        walk(&text, |c, _| pieces.push(c));
        let whole: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn a_part_of_a_name_finds_it(name in any_name(), from: prop::sample::Index, length: prop::sample::Index) {
        let part = part_of(&name, from, length);
        prop_assert!(contains(&name, &part));
        let index = index_tokens([name.as_str()].into_iter(), "project:p");
        prop_assert!(has_all(&index, &name_filter_tokens(&part)), "{:?} {:?}", part, name_filter_tokens(&part));
        // One or two letters are looked for at the beginning of a word only; more of them across words, from the
        // beginning of one. So a part that was cut inside a word may be found or not, but what follows must be.
        let cut = part.trim_start_matches(|c| Letters::of(&String::from(c)).chars.iter().all(char::is_ascii));
        if Query::parse(cut).is_ok() {
            prop_assert!(found(cut, &name), "{:?}", cut);
        }
    }

    #[test]
    fn the_sound_of_a_part_finds_it(
        name in any_name(),
        from: prop::sample::Index,
        length: prop::sample::Index,
        begun: prop::sample::Index,
        choices in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let has_sound = |c: &char| !readings(*c).list().is_empty();
        let chars: Vec<char> = name.chars().collect();
        let runs: Vec<&[char]> =
            chars.chunk_by(|a, b| has_sound(a) == has_sound(b)).filter(|run| has_sound(&run[0])).collect();
        prop_assume!(!runs.is_empty());
        let run = runs[from.index(runs.len())];
        let from = from.index(run.len());
        let part = &run[from..][..1 + length.index(run.len() - from)];
        let (sound, first) = typed(part, &choices);
        prop_assert!(found(&sound, &name), "{:?} {}", part, sound);
        prop_assert!(found(&first, &name), "{:?} {}", part, first);
        let begun = &sound[..1 + begun.index(sound.len())];
        prop_assert!(found(begun, &name), "{:?} {}", part, begun);
    }

    #[test]
    fn width_and_case_make_no_difference(name in any_name(), query in "[a-zA-Z0-9 ]{0,8}[a-z]") {
        let wide = |text: &str| text.chars().map(|c| match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
            ' ' => '\u{3000}',
            other => other,
        }).collect::<String>();
        let variants = [wide(&name), name.to_ascii_uppercase(), wide(&name.to_ascii_lowercase())];
        for variant in &variants {
            prop_assert_eq!(normalise(variant), normalise(&name));
            prop_assert_eq!(sort_key(variant), sort_key(&name));
            prop_assert_eq!(index_tokens([variant.as_str()].into_iter(), "project:p"), index_tokens([name.as_str()].into_iter(), "project:p"));
        }
        let score = |query: &str| ranked(query, &[&name, "Fudan University"], "project:p");
        prop_assert_eq!(score(&query), score(&wide(&query.to_ascii_uppercase())));
    }

    #[test]
    fn tokens_are_few_and_plain(name in any_name()) {
        let tokens = index_tokens([name.as_str()].into_iter(), "");
        let letters = Letters::of(&name).chars.len();
        prop_assert!(tokens.len() <= 70 * letters, "{} of {}", tokens.len(), letters);
        prop_assert!(tokens.is_sorted_by(|a, b| a < b));
        prop_assert!(tokens.iter().flat_map(|token| token.chars()).all(char::is_alphanumeric));
        prop_assert!(tokens.iter().all(|token| (1..=3).contains(&token.chars().count())));
    }

    #[test]
    fn sort_keys_are_plain(name in any_name()) {
        let key = sort_key(&name);
        prop_assert_eq!(&key, &sort_key(&name));
        prop_assert!(!key.starts_with(' ') && key.chars().all(|c| c.is_alphanumeric() || " ·“”()-".contains(c)));
    }
}
