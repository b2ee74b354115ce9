//! The command line, and its help.

use std::path::PathBuf;

use clap::Parser;

const LONG_ABOUT: &str = "\
Reads a vendor's OpenAPI 3 or Swagger 2.0 file (JSON or YAML), lists the operations that look bulk,
and prints a trait that declares them, with its types: a module to start from.

References to other files are followed, by their paths. A reference that cannot be followed is reported, and
what needs it is marked in the module.

An operation looks bulk if it mentions `bulk` or `batch`, if its response reports single items, or if its
request is a list, has a list with a limit, or has a required list of ids. It is doubtful if it seems to act
on one object with a list in it: a PUT or PATCH of one object, a PUT that replaces a list, a list among two or
more other required fields, an optional list among others, a response with the list and its neighbours in one
object, a limit below 10, plain values of the object that the path names, a JSON Patch. It is doubtful even if
it mentions `bulk` if its list only filters, or if other fields select what it acts on. The module marks what
the file does not specify with `TODO(you)`: missing limits, the meaning of a status, whether a retry is safe,
flags that decide what a failed item does to the others, and responses that may report items in a way that the
file does not say. Such a response is no success. A list whose separator a declaration cannot write is
reported, and its operation is not declared. Roles are guessed from names: check them against the vendor's
documentation before you send a request.";

const AFTER_LONG_HELP: &str = "\
The list goes to standard error, the module to standard output.

Exit status:
  0  a module was printed, or with --list a list
  1  the file cannot be read, or no operation in it looks bulk

Examples:
  declare vendor.yaml --list
  declare vendor.yaml > src/vendor.rs
  declare vendor.json --operation bulkDeleteUsers --name Users > src/users.rs";

/// Makes a first declaration from a vendor's OpenAPI file.
#[derive(Debug, Parser)]
#[command(name = "declare", version, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// The OpenAPI file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Read only files in this folder, if references lead to other files. By default, the folder of FILE.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: Option<PathBuf>,

    /// Declare this operation, even if it does not look bulk: its operationId, or its method and path. Repeatable.
    #[arg(long, value_name = "ID")]
    pub(crate) operation: Vec<String>,

    /// The name of the trait. By default, the title of the API.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Take the doubtful operations too, each with its doubts.
    #[arg(long)]
    pub(crate) doubtful: bool,

    /// Only list the operations that look bulk, on standard output.
    #[arg(long)]
    pub(crate) list: bool,
}
