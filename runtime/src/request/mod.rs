//! From items and arguments to requests.

mod argument;
mod binder;
mod codec;
mod encoded;
mod endpoint_types;
mod escape;
mod finite;
mod frame;
mod gzip;
mod item;
mod layout;
mod plain_text;
mod prepared;

pub use argument::{HeaderArgument, JsonArgument, PathArgument};
pub use binder::{Already, Binder};
pub use codec::{Codec, CodecError};
pub(crate) use encoded::Encoded;
pub use endpoint_types::{EndpointTypes, TypesOf};
#[cfg(feature = "fake")]
pub(crate) use escape::UNRESERVED;
pub(crate) use item::Encoder;
pub(crate) use layout::{EncodedRequest, NO_REQUEST};
pub(crate) use prepared::NO_KEY;
pub use prepared::PreparedEndpoint;
