//! The subcommands of endpoints: their flags, and the help text that the declaration makes.

use std::collections::BTreeMap;

use bulk_endpoint::dynamic::Argument;
use bulk_endpoint::spec::{ArgumentAt, EndpointSpec};
use clap::{Arg, ArgMatches, Args, Command};

use crate::docs::{plain, summary};
use crate::input::ItemShape;
use crate::options::RunOptions;
use crate::vendor::{Vendor, VendorEndpoint, kebab};

/// The id of `--base-url`, which is no field of [`RunOptions`] because its default is the vendor's.
pub(crate) const BASE_URL: &str = "base_url";

/// The subcommand of an endpoint, with its options.
pub(crate) fn endpoint_command<O: Args>(endpoint: &VendorEndpoint, vendor: &Vendor) -> Command {
    let (spec, name) = (endpoint.command.spec(), endpoint.name.clone());
    let about = summary(spec.docs);
    let long = [plain(spec.docs), facts(spec), item_help(endpoint.command.shape())].join("\n\n");
    let arguments = flags(endpoint.command.arguments());
    let arguments = endpoint.command.arguments().iter().zip(arguments);
    let arguments: Vec<Arg> = arguments.map(|(argument, flag)| argument_flag(argument, flag)).collect();
    // Help lists flags in this order: what an endpoint asks for comes before what all of them have.
    let command = O::augment_args(Command::new(name).args(arguments)).arg(base_url(vendor));
    command.about(about).long_about(long.trim().to_owned()).after_long_help(credentials(vendor))
}

/// Where the token comes from.
fn credentials(vendor: &Vendor) -> String {
    let token = vendor.variable("TOKEN");
    match vendor.login {
        None => format!("Credentials:\n  {token} in the environment is the bearer token."),
        Some(login) => {
            let secrets = login.variables(|name| vendor.variable(name)).join(" and ");
            format!(
                "Credentials:\n  {token} in the environment is the bearer token. Without it, {secrets} is exchanged for access tokens, which are renewed before they expire, and when the server refuses one."
            )
        }
    }
}

/// The flag of each argument. One that collides with another flag is `--arg-…`.
pub(crate) fn flags(arguments: &[Argument]) -> Vec<String> {
    let common = RunOptions::augment_args(Command::new("common"));
    let taken: Vec<&str> = common.get_arguments().filter_map(Arg::get_long).collect();
    let flag = |argument: &Argument| {
        let flag = kebab(argument.name);
        let is_taken = taken.contains(&flag.as_str()) || ["base-url", "help", "version"].contains(&flag.as_str());
        if is_taken { format!("arg-{flag}") } else { flag }
    };
    arguments.iter().map(flag).collect()
}

fn argument_flag(argument: &Argument, flag: String) -> Arg {
    let place = match argument.at {
        None => "in the path".to_owned(),
        Some(ArgumentAt::Query(name)) => format!("the query parameter `{name}`"),
        Some(ArgumentAt::Header(name)) => format!("the header `{name}`"),
        Some(ArgumentAt::Field(pointer)) => format!("the body field `{}`", pointer.trim_start_matches('/')),
        Some(_) => "in the request".to_owned(),
    };
    let help = match plain(argument.docs).trim_end_matches('.') {
        "" => format!("Argument of the endpoint ({place})"),
        docs => format!("{docs} ({place})"),
    };
    Arg::new(argument_id(argument.name))
        .long(flag)
        .value_name(argument.name.to_uppercase())
        .help(help)
        .help_heading("Arguments")
        .required(!argument.is_optional())
        // An id may start with a hyphen.
        .allow_hyphen_values(true)
}

/// The id of an argument's flag, which is no other flag's.
fn argument_id(name: &str) -> String {
    format!("argument {name}")
}

/// The arguments of an endpoint as they were written, by name.
pub(crate) fn written_arguments(endpoint: &VendorEndpoint, matches: &ArgMatches) -> BTreeMap<&'static str, String> {
    let declared = endpoint.command.arguments().iter();
    let written = declared
        .filter_map(|argument| Some((argument.name, matches.get_one::<String>(&argument_id(argument.name))?.clone())));
    written.collect()
}

fn base_url(vendor: &Vendor) -> Arg {
    let arg = Arg::new(BASE_URL)
        .long("base-url")
        .value_name("URL")
        .env(vendor.variable("BASE_URL"))
        .help_heading("Sending")
        .help("Base URL of the vendor");
    match vendor.base_url {
        Some(url) => arg.default_value(url),
        None => arg.required(true),
    }
}

/// What the declaration says about an endpoint, in sentences.
pub(crate) fn facts(spec: &EndpointSpec) -> String {
    let assumed = if spec.max.assumed { " (assumed: the vendor documents no limit)" } else { "" };
    let partial = if spec.partial {
        "A request can succeed for some of its items and fail for others."
    } else {
        "A request succeeds for all of its items or for none."
    };
    let idempotent = match (spec.idempotent, spec.key_valid_ms) {
        (true, None) => "Safe to retry: an item that is applied twice has the same result.",
        (true, Some(_)) => "Safe to retry under the idempotency key of a request.",
        (false, _) => "Not safe to retry: an item whose result is unknown is not sent again.",
    };
    let mut facts = vec![
        format!("{} {}", spec.method.to_http(), spec.path),
        format!("At most {} items in a request{assumed}.", spec.max.items),
    ];
    if let Some(rate) = spec.rate {
        let what = if rate.items { "items" } else { "requests" };
        facts.push(format!("At most {} {what} in {} s.", rate.count, rate.per_ms as f64 / 1_000.0));
    }
    if let Some(bytes) = spec.max_bytes {
        facts.push(format!("At most {bytes} bytes in a request."));
    }
    facts.extend([partial.to_owned(), idempotent.to_owned()]);
    if spec.poll.is_some() {
        facts.push("The vendor responds with a job, which is polled until it ends.".to_owned());
    }
    facts.join("\n")
}

/// What an item is.
fn item_help(shape: ItemShape) -> String {
    match shape {
        ItemShape::Value => "An item is one value, such as an id.".to_owned(),
        ItemShape::Fields(fields) => format!(
            "An item is a JSON object with fields of: {}. In CSV, each field is a column; a field in a field is `outer.inner`, and an empty cell is left out.",
            fields.join(", ")
        ),
        ItemShape::Open => "An item is a JSON object, or a CSV row whose columns are its fields.".to_owned(),
    }
}
