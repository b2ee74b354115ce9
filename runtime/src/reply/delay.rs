//! Where a response says how long to wait, as data.

/// The place of a delay in a response. The derives write it, and a run reads it also from a body that does not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelayAt {
    /// In this header.
    Header {
        /// The name of the header.
        name: &'static str,
        /// The unit of the number.
        unit: DelayUnit,
    },
    /// In the field with one of these names, of a body that is an object.
    Field {
        /// The JSON names.
        names: &'static [&'static str],
        /// The unit of the number.
        unit: DelayUnit,
    },
}

/// The unit of a delay. A fraction is rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelayUnit {
    /// Seconds: `30`.
    Seconds,
    /// Milliseconds: `1500`.
    Milliseconds,
    /// The time when requests are accepted again, in seconds since 1970. The delay is measured from the `Date` of the response.
    Epoch,
}
