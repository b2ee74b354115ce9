//! The files of a specification: the one that the user names, and those that its references lead to.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use indexmap::IndexMap;
use percent_encoding::percent_decode_str;

use crate::node::Node;

/// The most references on the way to one value. A longer way is a circle.
const MAX_HOPS: usize = 64;

/// Fields whose content is data: a `$ref` in it is not a reference.
const DATA: [&str; 5] = ["example", "examples", "default", "enum", "const"];

/// Fields whose own fields have names of the vendor, or are statuses: `properties` may have one that is called `example`, and `responses`
/// have one that is called `default`.
const NAMED: [&str; 11] = [
    "properties",
    "patternProperties",
    "schemas",
    "definitions",
    "$defs",
    "parameters",
    "responses",
    "requestBodies",
    "headers",
    "callbacks",
    "links",
];

/// All files, read and joined.
pub(crate) struct Documents {
    /// By path, relative to the folder of the first file. The path of the first file is empty.
    files: IndexMap<String, Node>,
    /// The references that lead nowhere.
    pub(crate) broken: Vec<BrokenReference>,
}

/// A reference that cannot be followed.
#[derive(Debug, PartialEq)]
pub(crate) struct BrokenReference {
    target: String,
    /// The file that contains it.
    file: String,
    why: String,
}

impl fmt::Display for BrokenReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {} cannot be followed: {}", self.target, self.file, self.why)
    }
}

impl Documents {
    /// Reads a file, and the files that references lead to, as far as they are in the folder `root`.
    pub(crate) fn read(path: &Path, root: Option<&Path>) -> Result<Documents> {
        let first = Node::read(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let root = root.unwrap_or(folder);
        let root = root.canonicalize().with_context(|| format!("{} cannot be read", root.display()))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut reader = Reader {
            name,
            folder: folder.to_owned(),
            root,
            files: IndexMap::new(),
            broken: Vec::new(),
            followed: Vec::new(),
        };
        reader.files.insert(String::new(), first);
        let mut next = 0;
        while let Some((file, node)) = reader.files.get_index_mut(next) {
            let (file, mut node) = (file.clone(), std::mem::replace(node, Node::Null));
            reader.join(&file, &mut node, false);
            reader.files[next] = node;
            next += 1;
        }
        let mut documents = Documents { files: reader.files, broken: reader.broken };
        documents.broken.extend(documents.dangling(&reader.name, reader.followed));
        Ok(documents)
    }

    /// The file that the user named.
    pub(crate) fn first(&self) -> &Node {
        &self.files[0]
    }

    /// The value at a reference: `#/components/schemas/User`, `schemas/user.yaml`, `users.yaml#/User`.
    pub(crate) fn find(&self, target: &str) -> Option<&Node> {
        self.find_within(target, &mut MAX_HOPS.clone())
    }

    fn find_within(&self, target: &str, hops: &mut usize) -> Option<&Node> {
        let (file, pointer) = target.split_once('#').unwrap_or((target, ""));
        let mut node = self.files.get(file)?;
        for step in pointer.split('/').skip(1) {
            // A pointer may lead through a reference: `components: { schemas: { $ref: schemas.yaml } }`.
            while node.child(step).is_none()
                && let Some(target) = node.text_of("$ref")
            {
                *hops = hops.checked_sub(1)?;
                node = self.find_within(target, hops)?;
            }
            node = node.child(step)?;
        }
        Some(node)
    }

    /// Those of the references, each with the name of its file, that lead to a place that their file does not have.
    fn dangling(&self, first: &str, followed: Vec<(String, String)>) -> Vec<BrokenReference> {
        let mut found: Vec<BrokenReference> = Vec::new();
        for (file, target) in followed {
            if self.find(&target).is_some() || found.iter().any(|other| other.target == target) {
                continue;
            }
            let (of, place) = target.split_once('#').unwrap_or((&target, ""));
            let why = format!("{} has no `{place}`", if of.is_empty() { first } else { of });
            found.push(BrokenReference { target, file, why });
        }
        found
    }
}

struct Reader {
    /// The name of the first file.
    name: String,
    /// The folder of the first file.
    folder: PathBuf,
    /// Only files in this folder are read.
    root: PathBuf,
    files: IndexMap<String, Node>,
    broken: Vec<BrokenReference>,
    /// The references whose file is there, each with the name of the file that contains it.
    followed: Vec<(String, String)>,
}

impl Reader {
    /// Writes the path of its file into each reference of a document, and reads files that are new.
    fn join(&mut self, file: &str, node: &mut Node, named: bool) {
        match node {
            Node::List(elements) => elements.iter_mut().for_each(|element| self.join(file, element, false)),
            Node::Map(fields) => {
                if let Some(Node::Text(target)) = fields.get_mut("$ref").filter(|_| !named) {
                    *target = self.resolve(file, target);
                }
                for (name, value) in fields {
                    if named || !DATA.contains(&name.as_str()) {
                        self.join(file, value, !named && NAMED.contains(&name.as_str()));
                    }
                }
            }
            _ => {}
        }
    }

    /// A reference with the path of its file. One that cannot be followed stays as it is, but for a `./`: the path of a file has none, so
    /// that it is not mistaken for one.
    fn resolve(&mut self, file: &str, target: &str) -> String {
        let (path, place) = target.split_once('#').unwrap_or((target, ""));
        let found = match path {
            "" => Ok(file.to_owned()),
            path => self.locate(file, path),
        };
        let file = if file.is_empty() { self.name.clone() } else { file.to_owned() };
        match found {
            Ok(of) => {
                let target = format!("{of}#{}", decoded(place));
                self.followed.push((file, target.clone()));
                target
            }
            Err(why) => {
                let broken = BrokenReference { target: target.to_owned(), file, why };
                if !self.broken.iter().any(|other| other.target == broken.target) {
                    self.broken.push(broken);
                }
                if path.contains("://") || path.starts_with(['.', '/']) {
                    target.to_owned()
                } else {
                    format!("./{target}")
                }
            }
        }
    }

    /// The path of a file that another one refers to. It is read if it is new.
    fn locate(&mut self, from: &str, path: &str) -> Result<String, String> {
        if path.contains("://") {
            return Err("it is a URL: save the file beside this one, and refer to it by its path".into());
        }
        let path = normalized(from, &decoded(path));
        if path == self.name {
            return Ok(String::new());
        }
        if self.files.contains_key(&path) {
            return Ok(path);
        }
        let on_disk = self.folder.join(&path);
        let real = on_disk.canonicalize().map_err(|error| error.to_string())?;
        if !real.starts_with(&self.root) {
            let root = self.root.display();
            return Err(format!("it is outside of {root}: name a folder that contains both with --root"));
        }
        let node = Node::read(&on_disk).map_err(|error| format!("{error:#}"))?;
        self.files.insert(path.clone(), node);
        Ok(path)
    }
}

/// A path relative to the folder of the first file, without `.` and with `..` at its start only.
fn normalized(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if path.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = if path.starts_with('/') { vec![""] } else { Vec::new() };
    for step in folder.split('/').chain(path.split('/')).filter(|step| !step.is_empty() && *step != ".") {
        match (step, steps.last()) {
            ("..", Some(last)) if *last != ".." && !last.is_empty() => _ = steps.pop(),
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

/// A text without its percent-encoding.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_first_file() {
        for (from, path, want) in [
            ("", "./paths/users.yaml", "paths/users.yaml"),
            ("paths/users.yaml", "../schemas/user.yaml", "schemas/user.yaml"),
            ("paths/users.yaml", "../../other/user.yaml", "../other/user.yaml"),
            ("paths/a/b.yaml", "./c/../d.yaml", "paths/a/d.yaml"),
            ("../other/user.yaml", "../spec/a.yaml", "../spec/a.yaml"),
            ("paths/users.yaml", "/etc/a.yaml", "/etc/a.yaml"),
        ] {
            assert_eq!(normalized(from, path), want, "{from} {path}");
        }
        assert_eq!(decoded("/a%20b/%7Bx%7D/100%"), "/a b/{x}/100%");
    }
}
