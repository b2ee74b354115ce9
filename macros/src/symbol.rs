//! Every word of the declaration's grammar.

/// The words that an attribute accepts.
pub(crate) struct Vocabulary {
    /// The term for a word in messages: "setting", "role".
    pub(crate) kind: &'static str,
    pub(crate) allowed: &'static [&'static str],
}

pub(crate) const MAX: &str = "max";
pub(crate) const MIN: &str = "min";
pub(crate) const MAX_BYTES: &str = "max_bytes";
pub(crate) const MAX_ITEM_BYTES: &str = "max_item_bytes";
pub(crate) const COMPRESS: &str = "compress";
pub(crate) const PARTIAL: &str = "partial";
pub(crate) const IDEMPOTENT: &str = "idempotent";
pub(crate) const ITEMS: &str = "items";
pub(crate) const ALREADY: &str = "already";
pub(crate) const BISECT: &str = "bisect";

/// The lists that put statuses and codes into classes.
pub(crate) const CLASSES: [&str; 7] = [RETRY, "stop", BISECT, ALREADY, "uncertain", "too_large", UNPROCESSED];

/// The attributes with the HTTP method and the path.
pub(crate) const VERBS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
/// The attribute with an endpoint's settings.
pub(crate) const SETTINGS: &str = "bulk_endpoint";
pub(crate) const HEADER: &str = "header";
/// The value of a fixed header or field that is a unique key per batch.
pub(crate) const BATCH_KEY: &str = "batch_key";
pub(crate) const RATE: &str = "rate";
pub(crate) const POLL: &str = "poll";
/// `handle(secret)`: what the handle of a job is.
pub(crate) const HANDLE: &str = "handle";
pub(crate) const FIELD: &str = "field";
pub(crate) const PATH: &str = "path";
pub(crate) const QUERY: &str = "query";
pub(crate) const FORM: &str = "form";
pub(crate) const TEXT: &str = "text";

pub(crate) const BULK_API: &str = "bulk_api";
pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const CRATE: &str = "crate";
/// The endpoints are also usable without their types.
pub(crate) const DYNAMIC: &str = "dynamic";

/// `#[bulk_api(…)]`.
pub(crate) const API_WORDS: Vocabulary = Vocabulary { kind: "argument", allowed: &[RENAME_ALL, DYNAMIC, CRATE] };

/// `#[bulk_endpoint(…)]`.
pub(crate) const SETTING_WORDS: Vocabulary = Vocabulary {
    kind: "setting",
    allowed: &[
        MAX,
        MIN,
        MAX_BYTES,
        MAX_ITEM_BYTES,
        COMPRESS,
        PARTIAL,
        IDEMPOTENT,
        ITEMS,
        RATE,
        RETRY,
        "stop",
        BISECT,
        ALREADY,
        "uncertain",
        "too_large",
        UNPROCESSED,
        POLL,
        HANDLE,
    ],
};

pub(crate) const KEY: &str = "key";
pub(crate) const GROUP: &str = "group";
pub(crate) const NO_RESPONSE: &str = "no_response";
pub(crate) const POSITIONAL: &str = "positional";
pub(crate) const STATUS: &str = "status";
pub(crate) const CODE: &str = "code";
pub(crate) const MESSAGE: &str = "message";
pub(crate) const REQUEST_ID: &str = "request_id";
pub(crate) const ON: &str = "on";
pub(crate) const UNLISTED: &str = "unlisted";
pub(crate) const RESULTS: &str = "results";
pub(crate) const SUCCEEDED: &str = "succeeded";
pub(crate) const FAILED: &str = "failed";
pub(crate) const UNPROCESSED: &str = "unprocessed";
pub(crate) const ACCEPTED: &str = "accepted";
pub(crate) const PENDING: &str = "pending";
pub(crate) const KEYS: &str = "keys";
pub(crate) const RETRY_AFTER: &str = "retry_after";
pub(crate) const RETRY: &str = "retry";
pub(crate) const NESTED: &str = "nested";
pub(crate) const COUNT: &str = "count";
pub(crate) const JOB: &str = "job";
pub(crate) const NEXT_JOB: &str = "next_job";

/// The words that a derive accepts on the type and on a field.
pub(crate) struct DeriveWords {
    pub(crate) on_type: Vocabulary,
    pub(crate) on_field: Vocabulary,
}

pub(crate) const ITEM_WORDS: DeriveWords = DeriveWords {
    on_type: Vocabulary { kind: "word", allowed: &[KEY, GROUP, CRATE] },
    on_field: Vocabulary { kind: "role", allowed: &[KEY, GROUP, NESTED] },
};

/// `#[bulk(…)]` on a variant of an item.
pub(crate) const ITEM_VARIANT_WORDS: Vocabulary = Vocabulary { kind: "word", allowed: &[NO_RESPONSE] };

pub(crate) const ELEMENT_WORDS: DeriveWords = DeriveWords {
    on_type: Vocabulary { kind: "word", allowed: &[POSITIONAL, CRATE] },
    on_field: Vocabulary {
        kind: "role",
        allowed: &[KEY, KEYS, GROUP, STATUS, FAILED, SUCCEEDED, ACCEPTED, CODE, MESSAGE, RETRY_AFTER, RETRY, NESTED],
    },
};

/// Pairs of roles that one field can have: `nested` says that the role is inside the field, `failed`, `succeeded` and `accepted` that its
/// presence is the verdict.
/// `header` says that the role is in a header.
pub(crate) const TOGETHER: [(&str, &str); 14] = [
    (KEY, NESTED),
    (STATUS, NESTED),
    (FAILED, NESTED),
    (FAILED, CODE),
    (FAILED, MESSAGE),
    (SUCCEEDED, NESTED),
    (ACCEPTED, NESTED),
    (COUNT, HEADER),
    (CODE, HEADER),
    (MESSAGE, HEADER),
    (REQUEST_ID, HEADER),
    (JOB, HEADER),
    (NEXT_JOB, HEADER),
    (RETRY_AFTER, HEADER),
];

/// `#[bulk(…)]` on a variant of an element, or of a status.
pub(crate) const VERDICTS: Vocabulary =
    Vocabulary { kind: "word", allowed: &[SUCCEEDED, ACCEPTED, FAILED, UNPROCESSED, PENDING] };

pub(crate) const STATUS_WORDS: DeriveWords = DeriveWords {
    on_type: Vocabulary { kind: "word", allowed: &[CRATE] },
    on_field: Vocabulary { kind: "role", allowed: &[] },
};

pub(crate) const REPLY_WORDS: DeriveWords = DeriveWords {
    on_type: Vocabulary { kind: "word", allowed: &[UNLISTED, ON, CRATE] },
    on_field: Vocabulary {
        kind: "role",
        allowed: &[
            SUCCEEDED,
            ACCEPTED,
            FAILED,
            UNPROCESSED,
            RESULTS,
            NESTED,
            COUNT,
            STATUS,
            CODE,
            MESSAGE,
            JOB,
            NEXT_JOB,
            RETRY_AFTER,
            HEADER,
        ],
    },
};

pub(crate) const ERROR_WORDS: DeriveWords = DeriveWords {
    on_type: Vocabulary { kind: "word", allowed: &[CRATE] },
    on_field: Vocabulary { kind: "role", allowed: &[CODE, MESSAGE, REQUEST_ID, RETRY_AFTER, RETRY, NESTED, HEADER] },
};

/// `#[bulk(…)]` on a variant of an error enum.
pub(crate) const VARIANT_WORDS: Vocabulary = Vocabulary { kind: "word", allowed: &[ON] };

/// `#[bulk(…)]` on a variant of a reply.
pub(crate) const REPLY_VARIANT_WORDS: Vocabulary = Vocabulary { kind: "word", allowed: &[ON, FAILED] };
