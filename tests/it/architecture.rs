//! The arrows of the house, from `cargo metadata`, and rules that no compiler checks.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Who may use whom (ARCHITECTURE.md, Invariants). Functions and the local machine stand above.
const ARROWS: [(&str, &[&str]); 10] = [
    ("milepost-model", &[]),
    ("milepost-feeds", &[]),
    ("milepost-carriers", &["milepost-feeds", "milepost-model"]),
    ("milepost-contract", &["milepost-carriers", "milepost-model"]),
    ("milepost-store", &["milepost-model"]),
    ("milepost-net", &["milepost-model"]),
    ("milepost-import", USE_CASE),
    ("milepost-track", USE_CASE),
    ("milepost-webhooks", USE_CASE),
    (
        "milepost-runtime",
        &["milepost-contract", "milepost-model", "milepost-net", "milepost-store"],
    ),
];

const USE_CASE: &[&str] = &[
    "milepost-carriers",
    "milepost-contract",
    "milepost-feeds",
    "milepost-model",
    "milepost-net",
    "milepost-store",
];

/// The pure crates may not even depend on these.
const IMPURE: [&str; 8] = [
    "aws-config",
    "aws-sdk-dynamodb",
    "aws-sdk-s3",
    "aws-sdk-sqs",
    "getrandom",
    "hyper",
    "reqwest",
    "lambda_runtime",
];

fn packages() -> Vec<Package> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    metadata.packages
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    for package in &packages {
        let used: Vec<String> = normal_dependencies(package)
            .into_iter()
            .filter(|name| ours.contains(name))
            .collect();
        let name = package.name.as_str();
        match allowed.get(name) {
            Some(allowed) => {
                for used in &used {
                    assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
                }
            }
            None if matches!(name, "milepost" | "milepost-tests") => {}
            None => {
                for used in &used {
                    assert!(used.starts_with("milepost-"), "the function {name} must not use {used}");
                    assert_ne!(used, "milepost-tests", "{name}");
                }
            }
        }
        if !matches!(name, "milepost-tests") {
            assert!(
                !used.contains(&"milepost".to_owned()),
                "{name} must not know the local machine"
            );
        }
    }
    for (name, _) in ARROWS {
        assert!(ours.contains(name), "{name} is in the house");
    }
}

#[test]
fn pure_crates_stay_pure() {
    for package in packages() {
        let pure = [
            "milepost-model",
            "milepost-feeds",
            "milepost-carriers",
            "milepost-contract",
        ];
        if pure.contains(&package.name.as_str()) {
            for impure in IMPURE {
                assert!(
                    !normal_dependencies(&package).contains(impure),
                    "{} uses {impure}",
                    package.name
                );
            }
        }
    }
}

#[test]
fn only_the_store_names_dynamodb() {
    for package in packages() {
        let uses = normal_dependencies(&package).contains("aws-sdk-dynamodb");
        let may = ["milepost-store", "milepost-runtime", "milepost"].contains(&package.name.as_str());
        assert!(may || !uses, "{} names aws-sdk-dynamodb", package.name);
    }
}

#[test]
fn every_crate_is_kept_alike() {
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let name = &package.name;
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name} has the workspace's lints"
        );
        assert_eq!(package.version.to_string(), "0.0.0", "{name}");
        assert_eq!(package.publish.as_deref(), Some(&[][..]), "{name} is not published");
        for dependency in &package.dependencies {
            let line = format!("{} = {{ version", dependency.name);
            assert!(
                !manifest.contains(&line),
                "{name} takes {} from the workspace",
                dependency.name
            );
        }
    }
}
