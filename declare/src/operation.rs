//! The operations of a document, with OpenAPI 3 and Swagger 2 brought to the same form.

use crate::node::Node;
use crate::openapi::OpenApi;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// One operation: a method of a path.
#[derive(Clone, Copy)]
pub(crate) struct ApiOperation<'a> {
    pub(crate) api: &'a OpenApi,
    /// As in the document, perhaps with a query or a fragment.
    pub(crate) path: &'a str,
    pub(crate) method: &'static str,
    /// The object of the path, with what its operations share.
    pub(crate) shared: &'a Node,
    pub(crate) node: &'a Node,
}

/// A parameter of an operation. In Swagger 2, the body is one too.
#[derive(Clone, Copy)]
pub(crate) struct ApiParameter<'a> {
    pub(crate) name: &'a str,
    /// `path`, `query`, `header`, …
    pub(crate) place: &'a str,
    pub(crate) required: bool,
    pub(crate) node: &'a Node,
    pub(crate) schema: &'a Node,
}

/// The content of a body, and its media type.
#[derive(Clone, Copy)]
pub(crate) struct ApiContent<'a> {
    pub(crate) media: &'a str,
    pub(crate) schema: &'a Node,
    /// The encoding of a form's fields.
    pub(crate) encoding: Option<&'a Node>,
}

/// A response under a status, `default` or `4XX`.
#[derive(Clone, Copy)]
pub(crate) struct ApiResponse<'a> {
    pub(crate) status: &'a str,
    pub(crate) description: &'a str,
    pub(crate) content: Option<ApiContent<'a>>,
}

impl<'a> ApiOperation<'a> {
    /// All operations of a document, in the order of the file.
    pub(crate) fn all(api: &'a OpenApi) -> impl Iterator<Item = ApiOperation<'a>> {
        let paths = api.paths().into_iter().flat_map(Node::entries);
        paths.flat_map(move |(path, shared)| {
            let shared = api.follow(shared).unwrap_or(shared);
            let operation = move |method: &'static str| {
                let node = api.follow(shared.get(method)?).ok().filter(|node| node.fields().is_some())?;
                Some(ApiOperation { api, path, method, shared, node })
            };
            METHODS.into_iter().filter_map(operation)
        })
    }

    /// Its `operationId`, or its method and path.
    pub(crate) fn id(&self) -> String {
        self.node.text_of("operationId").map_or_else(|| format!("{} {}", self.method, self.path), str::to_owned)
    }

    pub(crate) fn parameters(&self) -> Vec<ApiParameter<'a>> {
        let mut parameters: Vec<ApiParameter<'a>> = Vec::new();
        // Parameters of the operation override those of the path.
        for node in
            [self.shared, self.node].into_iter().filter_map(|node| node.get("parameters")).flat_map(Node::elements)
        {
            let Some(parameter) = self.api.follow(node).ok().and_then(|node| self.parameter(node)) else { continue };
            parameters.retain(|other| (other.name, other.place) != (parameter.name, parameter.place));
            parameters.push(parameter);
        }
        parameters
    }

    fn parameter(&self, node: &'a Node) -> Option<ApiParameter<'a>> {
        let (name, place) = (node.text_of("name")?, node.text_of("in")?);
        let inside = || node.get("content")?.entries().next()?.1.get("schema");
        // Swagger 2 has no schema: the parameter is one.
        let schema = node.get("schema").or_else(inside).unwrap_or(node);
        Some(ApiParameter { name, place, required: node.is_true("required"), node, schema })
    }

    /// The body of the request. JSON is preferred.
    pub(crate) fn body(&self) -> Option<ApiContent<'a>> {
        if let Some(body) = self.node.get("requestBody") {
            return content(self.api.follow(body).ok()?);
        }
        let parameters = self.parameters();
        let body = parameters.iter().find(|parameter| parameter.place == "body")?;
        Some(ApiContent { media: self.media("consumes"), schema: body.schema, encoding: None })
    }

    /// The responses, in the order of the file.
    pub(crate) fn responses(&self) -> Vec<ApiResponse<'a>> {
        let responses = self.node.get("responses").into_iter().flat_map(Node::entries);
        let responses = responses.filter(|(status, _)| !status.starts_with("x-"));
        responses
            .map(|(status, node)| {
                let node = self.api.follow(node).unwrap_or(node);
                let media = self.media("produces");
                // Swagger 2 has no `content` around the schema.
                let swagger = || node.get("schema").map(|schema| ApiContent { media, schema, encoding: None });
                let description = node.text_of("description").unwrap_or_default();
                ApiResponse { status, description, content: content(node).or_else(swagger) }
            })
            .collect()
    }

    /// The responses whose status is a success.
    pub(crate) fn successes(&self) -> impl Iterator<Item = ApiResponse<'a>> {
        self.responses().into_iter().filter(|response| response.status.starts_with('2'))
    }

    /// The content type in Swagger 2: of the operation, else of the document.
    fn media(&self, field: &str) -> &'a str {
        let lists = [self.node.get(field), self.api.field(field)].into_iter().flatten();
        lists.flat_map(Node::elements).find_map(Node::text).unwrap_or("application/json")
    }
}

/// The content whose media type is supported best.
fn content(node: &Node) -> Option<ApiContent<'_>> {
    let rank = |media: &str| match media.split(';').next().unwrap_or_default().trim() {
        "application/json" => 0,
        media if is_json(media) => 1,
        media if is_lines(media) => 2,
        "application/x-www-form-urlencoded" => 3,
        _ => 4,
    };
    let contents = node.get("content")?.entries();
    let (media, node) =
        contents.filter(|(_, node)| node.get("schema").is_some()).min_by_key(|(media, _)| rank(media))?;
    Some(ApiContent { media, schema: node.get("schema")?, encoding: node.get("encoding") })
}

/// Whether a media type is JSON under any name.
pub(crate) fn is_json(media: &str) -> bool {
    media.contains("json") && !is_lines(media) || media == "*/*"
}

/// Whether a media type is JSON Lines under any name.
pub(crate) fn is_lines(media: &str) -> bool {
    ["ndjson", "jsonl", "json-seq", "json-lines"].iter().any(|name| media.contains(name))
}
