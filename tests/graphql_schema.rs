//! The schema: the printed file is the code's, and the part that clients hold on to is in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};

/// What the fixed part has and the server does not yet.
const NOT_YET: &[(&str, &str)] = &[];

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

fn types(sdl: &str) -> BTreeMap<String, TypeDefinition> {
    let document = parse_schema(sdl).unwrap();
    let named = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(one) => Some((one.node.name.node.to_string(), one.node)),
            _ => None,
        });
    named.collect()
}

/// `HUKUN_BLESS=1` writes the file.
#[test]
fn the_printed_schema_is_the_codes() {
    let sdl = hukun::graphql::sdl();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own switch, no setting of the program"
    )]
    if std::env::var("HUKUN_BLESS").is_ok() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql"), &sdl).unwrap();
    }
    assert!(
        sdl == file("schema.graphql"),
        "schema.graphql is not what the code says: HUKUN_BLESS=1 cargo test the_printed_schema"
    );
}

#[test]
fn what_clients_hold_on_to_is_there() {
    let (fixed, ours) = (
        types(&file("tests/fixed/schema.graphql")),
        types(&hukun::graphql::sdl()),
    );
    let not_yet = |name: &str| NOT_YET.iter().any(|(later, _)| *later == name);
    let roots = ["Query", "Subscription", "Node", "Entity"];
    let mut open: Vec<String> = roots.map(String::from).to_vec();
    let mut seen: Vec<String> = Vec::new();
    let mut missing = Vec::new();
    while let Some(name) = open.pop() {
        if seen.contains(&name) || not_yet(&name) || !fixed.contains_key(&name) {
            continue;
        }
        match ours.get(&name) {
            Some(our) => missing.extend(lacks(&name, &fixed[&name], our)),
            None => missing.push(format!("{name}: no such type")),
        }
        // What is reached from what is not there yet comes with it.
        open.extend(named_by(&name, &fixed[&name], &not_yet));
        seen.push(name);
    }
    missing.retain(|line| {
        !NOT_YET
            .iter()
            .any(|(later, _)| line.starts_with(&format!("{later}:")))
    });
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(seen.len() > 60, "the walk saw little: {seen:?}");
}

#[test]
fn what_is_named_as_not_there_is_not_there() {
    let ours = types(&hukun::graphql::sdl());
    for (name, _) in NOT_YET {
        let (of, field) = name.split_once('.').unwrap_or((name, ""));
        let there = ours
            .get(of)
            .is_some_and(|one| field.is_empty() || fields(one).iter().any(|f| f.name.node == field));
        assert!(!there, "{name} is there: take it off the list");
    }
}

#[test]
fn everything_is_described() {
    let mute = |name: &str, one: &TypeDefinition| -> Vec<String> {
        let mut mute = Vec::new();
        mute.extend(one.description.is_none().then(|| name.to_string()));
        mute.extend(
            fields(one)
                .iter()
                .filter(|f| f.description.is_none())
                .map(|f| format!("{name}.{}", f.name.node)),
        );
        mute.extend(
            inputs(one)
                .iter()
                .filter(|f| f.description.is_none())
                .map(|f| format!("{name}.{}", f.name.node)),
        );
        for field in fields(one) {
            let args = field
                .arguments
                .iter()
                .filter(|arg| arg.node.description.is_none());
            mute.extend(args.map(|arg| format!("{name}.{}({})", field.name.node, arg.node.name.node)));
        }
        mute
    };
    let mute: Vec<String> = types(&hukun::graphql::sdl())
        .iter()
        .flat_map(|(name, one)| mute(name, one))
        .collect();
    assert!(mute.is_empty(), "{mute:?}");
}

fn fields(one: &TypeDefinition) -> Vec<&FieldDefinition> {
    match &one.kind {
        TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
        TypeKind::Interface(interface) => interface.fields.iter().map(|field| &field.node).collect(),
        _ => Vec::new(),
    }
}

fn inputs(one: &TypeDefinition) -> Vec<&InputValueDefinition> {
    match &one.kind {
        TypeKind::InputObject(input) => input.fields.iter().map(|field| &field.node).collect(),
        _ => Vec::new(),
    }
}

fn values(one: &TypeDefinition) -> Vec<&str> {
    match &one.kind {
        TypeKind::Enum(list) => list
            .values
            .iter()
            .map(|value| value.node.value.node.as_str())
            .collect(),
        _ => Vec::new(),
    }
}

/// The types that a type leads to, by what is there already.
fn named_by(name: &str, one: &TypeDefinition, not_yet: &dyn Fn(&str) -> bool) -> Vec<String> {
    let bare = |text: String| text.replace(['[', ']', '!'], "");
    let mut found: Vec<String> = inputs(one)
        .iter()
        .map(|input| bare(input.ty.node.to_string()))
        .collect();
    for field in fields(one)
        .iter()
        .filter(|field| !not_yet(&format!("{name}.{}", field.name.node)))
    {
        found.push(bare(field.ty.node.to_string()));
        found.extend(
            field
                .arguments
                .iter()
                .map(|arg| bare(arg.node.ty.node.to_string())),
        );
    }
    found
}

/// What a type of ours lacks of the fixed one.
fn lacks(name: &str, fixed: &TypeDefinition, ours: &TypeDefinition) -> Vec<String> {
    let mut missing = Vec::new();
    if std::mem::discriminant(&fixed.kind) != std::mem::discriminant(&ours.kind) {
        return vec![format!("{name}: is another kind of type")];
    }
    for value in values(fixed) {
        missing.extend((!values(ours).contains(&value)).then(|| format!("{name}: no value {value}")));
    }
    for field in fields(fixed) {
        let place = format!("{name}.{}", field.name.node);
        match fields(ours).iter().find(|our| our.name.node == field.name.node) {
            None => missing.push(format!("{place}: no such field")),
            Some(our) => {
                if our.ty.node != field.ty.node {
                    missing.push(format!("{place}: is {}, not {}", our.ty.node, field.ty.node));
                }
                let fixed: Vec<_> = field.arguments.iter().map(|one| &one.node).collect();
                let ours: Vec<_> = our.arguments.iter().map(|one| &one.node).collect();
                missing.extend(lacks_inputs(&place, &fixed, &ours));
            }
        }
    }
    missing.extend(lacks_inputs(name, &inputs(fixed), &inputs(ours)));
    missing
}

fn lacks_inputs(place: &str, fixed: &[&InputValueDefinition], ours: &[&InputValueDefinition]) -> Vec<String> {
    let mut missing = Vec::new();
    for one in fixed {
        let shown = |one: &InputValueDefinition| {
            let default = one
                .default_value
                .as_ref()
                .map_or(String::new(), |value| format!(" = {}", value.node));
            format!("{}{default}", one.ty.node)
        };
        match ours.iter().find(|our| our.name.node == one.name.node) {
            None => missing.push(format!("{place}({}): no such argument", one.name.node)),
            Some(our) if shown(our) != shown(one) => {
                missing.push(format!(
                    "{place}({}): is {}, not {}",
                    one.name.node,
                    shown(our),
                    shown(one)
                ));
            }
            Some(_) => {}
        }
    }
    for our in ours
        .iter()
        .filter(|our| fixed.iter().all(|one| one.name.node != our.name.node))
    {
        let optional = our.ty.node.nullable || our.default_value.is_some();
        missing.extend((!optional).then(|| format!("{place}({}): is new and required", our.name.node)));
    }
    missing
}
