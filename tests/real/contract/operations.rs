//! The query parameters and form fields each operation has; Prism lets others pass.

use serde_json::Value;

/// Methods and paths of a document, with their parameters.
pub(super) struct Operations(Vec<Operation>);

struct Operation {
    method: String,
    path: Vec<String>,
    query: Vec<String>,
    form: Vec<String>,
}

impl Operations {
    /// Reads a document.
    pub(super) fn of(document: &Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let query = parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
                let form =
                    operation.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema/properties");
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.split('/').map(str::to_owned).collect(),
                    query: query.map(str::to_owned).collect(),
                    form: form.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect(),
                });
            }
        }
        Self(operations)
    }

    /// The parameters of a request that its operation does not have. A request without an operation is Prism's to refuse.
    pub(super) fn unknown_parameters(&self, method: &str, path: &str, query: &str, form: &[u8]) -> Vec<String> {
        let Some(operation) = self.0.iter().find(|one| one.method == method && fits(&one.path, path)) else {
            return Vec::new();
        };
        let unknown = |bytes: &[u8], known: &[String], kind: &str| -> Vec<String> {
            form_urlencoded::parse(bytes)
                .filter(|(name, _)| !known.iter().any(|known| known == name))
                .map(|(name, _)| format!("{method} {path} has no {kind} {name}"))
                .collect()
        };
        let mut found = unknown(query.as_bytes(), &operation.query, "query parameter");
        found.extend(unknown(form, &operation.form, "form field"));
        found
    }
}

fn fits(template: &[String], path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    segments.len() == template.len()
        && template.iter().zip(segments).all(|(template, segment)| match template.split_once('{') {
            None => template == segment,
            Some((_, rest)) => segment.ends_with(rest.split_once('}').map_or("", |(_, suffix)| suffix)),
        })
}
