//! The name of the `bulk-endpoint` crate in the crate of the user, if `Cargo.toml` gives it another.

use std::{env, fs};

const PACKAGE: &str = "bulk-endpoint";

/// Returns the other name, as Rust code writes it. `None` if the crate has its own name, or if `Cargo.toml` cannot be read.
///
/// The file is read for each macro: an editor's server expands the macros of many crates in one process.
pub(crate) fn renamed() -> Option<String> {
    let folder = env::var_os("CARGO_MANIFEST_DIR")?;
    let manifest = fs::read_to_string(std::path::Path::new(&folder).join("Cargo.toml")).ok()?;
    find(&manifest)
}

/// Finds `renamed = { package = "bulk-endpoint" }` in a manifest, and nothing if the crate is there under its own name too.
fn find(manifest: &str) -> Option<String> {
    // The table that the line is in: `[dependencies]`, or `[dependencies.renamed]` with one dependency.
    let (mut in_list, mut one) = (false, None);
    let mut found = None;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_matches(['[', ']']);
            in_list = table.ends_with("dependencies");
            one = table.rsplit_once("dependencies.").map(|(_, name)| name.trim_matches(['"', '\'']));
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = key.trim().split('.').next().unwrap_or("").trim_matches(['"', '\'']);
        let name = if in_list { Some(key) } else { one };
        let Some(name) = name.filter(|name| !name.is_empty() && !name.starts_with(['[', '#'])) else { continue };
        if name == PACKAGE {
            return None;
        }
        let quoted = value.contains(&format!("\"{PACKAGE}\"")) || value.contains(&format!("'{PACKAGE}'"));
        if quoted && line.contains("package") {
            found = Some(name.replace('-', "_"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn another_name_is_found_in_each_form() {
        for (manifest, want) in [
            ("[dependencies]\nbulk-endpoint = \"0.1\"", None),
            ("[dependencies]\nbulk-endpoint.workspace = true", None),
            ("[dependencies.bulk-endpoint]\nversion = \"0.1\"", None),
            ("[dependencies]\nserde = \"1\"", None),
            ("[dependencies]\nrenamed = { package = \"bulk-endpoint\", path = \"..\" }", Some("renamed")),
            ("[dependencies]\nmy-bulk = { path = \"..\", package = 'bulk-endpoint' }", Some("my_bulk")),
            ("[dependencies]\nrenamed.package = \"bulk-endpoint\"", Some("renamed")),
            ("[dependencies.renamed]\nversion = \"0.1\"\npackage = \"bulk-endpoint\"", Some("renamed")),
            ("[dev-dependencies]\nrenamed = { package = \"bulk-endpoint\" }", Some("renamed")),
            ("[target.'cfg(unix)'.dependencies]\nrenamed = { package = \"bulk-endpoint\" }", Some("renamed")),
            // The crate itself, a crate with a longer name, and both names at once.
            ("[package]\nname = \"bulk-endpoint\"", None),
            ("[dependencies]\nother = { package = \"bulk-endpoint-macros\" }", None),
            ("[dependencies]\nold = { package = \"bulk-endpoint\" }\nbulk-endpoint = \"0.2\"", None),
            ("[dependencies]\n# renamed = { package = \"bulk-endpoint\" }", None),
        ] {
            assert_eq!(find(manifest).as_deref(), want, "{manifest}");
        }
    }
}
