//! Why a journal cannot be used.

use std::sync::Arc;

/// Why a run with a journal did not start, or stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The store cannot be opened, read or written.
    ///
    /// If the run had started, no further request was sent, and outcomes not yielded as recorded may be missing in the journal. Their
    /// items count as uncertain when the run continues.
    #[error("{0}")]
    Store(Arc<str>),
    /// Another process, or another task of this one, works on the run.
    #[error("{0}")]
    InUse(Arc<str>),
    /// The journal has another run under this name.
    #[error("{0}")]
    OtherRun(Arc<str>),
    /// The input differs from that of an earlier life.
    #[error("{}", changed(*.index, .key.as_deref()))]
    InputChanged {
        /// The index in the input, from 0, of the item that differs.
        index: u64,
        /// Its key, if it has one.
        key: Option<Arc<str>>,
    },
    /// The arguments of the method cannot be put into a request. Nothing was sent or recorded.
    #[error("{0}")]
    InvalidArgument(Arc<str>),
    /// The run was cancelled before the store had begun it. Nothing was sent.
    #[error("the run was cancelled before its journal had begun it")]
    Cancelled,
    /// A mock has no requests to record.
    #[error(
        "expected a bound endpoint, found a mock: a mock sends nothing, so there is nothing to record; leave `journal` out in tests with a mock"
    )]
    Mock,
}

fn changed(index: u64, key: Option<&str>) -> String {
    match key {
        Some(key) => format!(
            "the input changed: expected item {index} with the key {} to be as it was when the run read it before, found other content; \
             continue with the same input, call `.on_change(OnChange::Send)` to send the changed items as new ones, or start another run",
            crate::text::excerpt(key)
        ),
        None => format!(
            "the input changed: expected the item at index {index} to be as it was when the run read it before, found other content; \
             items without a key are identified by position, so continue with the same input, or start another run"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_input_names_the_item() {
        let key = |key: Option<&str>| JournalError::InputChanged { index: 7, key: key.map(Arc::from) }.to_string();
        let keyed = key(Some("a\nb"));
        assert!(keyed.starts_with("the input changed: expected item 7 with the key a b to be as it was"), "{keyed}");
        let unkeyed = key(None);
        assert!(unkeyed.starts_with("the input changed: expected the item at index 7 to be as it was"), "{unkeyed}");
    }
}
