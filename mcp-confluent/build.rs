//! Facts for `--version`: the target, and the revision where it can be found without asking git.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=MCP_CONFLUENT_REVISION");
    println!(
        "cargo:rustc-env=MCP_CONFLUENT_TARGET={}",
        env::var("TARGET").unwrap_or_default()
    );
    // Whoever builds a package knows the revision; in a clone, git's own files do.
    let asked = env::var_os("MCP_CONFLUENT_REVISION").is_none()
        && env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if let Some(revision) = asked.then(|| revision(Path::new("../.git"))).flatten() {
        println!("cargo:rustc-env=MCP_CONFLUENT_REVISION={revision}");
    }
}

/// The commit that is checked out, in twelve digits.
fn revision(git: &Path) -> Option<String> {
    println!("cargo:rerun-if-changed={}", git.join("HEAD").display());
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let commit = match head.trim().strip_prefix("ref: ") {
        Some(name) => {
            println!("cargo:rerun-if-changed={}", git.join(name).display());
            fs::read_to_string(git.join(name))
                .ok()
                .or_else(|| packed(git, name))?
        }
        None => head,
    };
    commit.trim().get(..12).map(str::to_owned)
}

/// The commit of a reference that git moved into its list.
fn packed(git: &Path, name: &str) -> Option<String> {
    let list = fs::read_to_string(git.join("packed-refs")).ok()?;
    let line = list
        .lines()
        .find(|line| line.ends_with(&format!(" {name}")))?;
    line.split(' ').next().map(str::to_owned)
}
