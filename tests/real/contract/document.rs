//! One OpenAPI document made of Twilio's files: the operations a credential tool meets, held more strictly than the files
//! hold them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::support::Tools;

/// The files, and the paths wanted of each. A path that is not here is refused by Prism, so this is also the list of what
/// the client may call.
const FILES: &[(&str, &[&str])] = &[
    (
        "twilio_api_v2010.json",
        &[
            "/2010-04-01/Accounts.json",
            "/2010-04-01/Accounts/{Sid}.json",
            "/2010-04-01/Accounts/{AccountSid}/Balance.json",
            "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
            "/2010-04-01/Accounts/{AccountSid}/Keys.json",
            "/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json",
            "/2010-04-01/Accounts/{AccountSid}/Messages.json",
            "/2010-04-01/Accounts/{AccountSid}/SigningKeys.json",
            "/2010-04-01/Accounts/{AccountSid}/SigningKeys/{Sid}.json",
            "/2010-04-01/Accounts/{AccountSid}/Usage/Records/Today.json",
        ],
    ),
    ("twilio_iam_v1.json", &["/v1/Keys", "/v1/Keys/{Sid}"]),
    ("twilio_accounts_v1.json", &["/v1/AuthTokens/Promote", "/v1/AuthTokens/Secondary"]),
    ("twilio_monitor_v1.json", &["/v1/Events", "/v1/Events/{Sid}"]),
    ("twilio_verify_v2.json", &["/v2/Services"]),
];

/// Taken as the file has it: Twilio sends `subresource_uris` with a phone number, the file does not have it, and which of
/// the thirty other properties a number comes with is no concern of a credential tool.
const AS_IT_IS: &[&str] = &["api.v2010.account.incoming_phone_number"];

/// `Wed, 04 Mar 2026 10:23:47 +0000`, which the files call by a format no validator knows.
const RFC_2822: &str = "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \
                        [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+]0000$";

/// Reads the files and makes one document of them. The files have no two paths or schemas of one name, so one Prism does
/// for all.
pub(super) fn load(tools: &Tools) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let mut security = Map::new();
    for (name, wanted) in FILES {
        let text = std::fs::read_to_string(tools.openapi(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for path in *wanted {
            let mut item = file["paths"][path].take();
            assert!(item.is_object(), "{name} has no {path} any more");
            strict_operations(&mut item);
            let twice = paths.insert((*path).to_owned(), item);
            assert!(twice.is_none(), "two files have {path}");
        }
        merge(&mut security, &file["components"]["securitySchemes"], name);
        merge(&mut schemas, &file["components"]["schemas"], name);
    }
    // What the paths do not refer to is left out, which makes Prism start in a fraction of the time.
    let mut used = BTreeSet::new();
    references(&Value::Object(paths.clone()), &schemas, &mut used);
    let schemas: Map<String, Value> = schemas
        .into_iter()
        .filter(|(name, _)| used.contains(name))
        .map(|(name, mut schema)| {
            if !AS_IT_IS.contains(&name.as_str()) {
                strict(&mut schema);
            }
            (name, schema)
        })
        .collect();
    json!({
        "openapi": "3.0.1",
        "info": { "title": "Twilio, as far as credentials go", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": security },
    })
}

fn merge(into: &mut Map<String, Value>, from: &Value, file: &str) {
    for (name, value) in from.as_object().into_iter().flatten() {
        let before = into.insert(name.clone(), value.clone());
        assert!(before.is_none_or(|before| before == *value), "{file} has another {name} than the files before it");
    }
}

fn references(value: &Value, schemas: &Map<String, Value>, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next())
                && used.insert(name.to_owned())
            {
                references(&schemas[name], schemas, used);
            }
            object.values().for_each(|value| references(value, schemas, used));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, schemas, used)),
        _ => {}
    }
}

fn strict_operations(item: &mut Value) {
    let item = item.as_object_mut().unwrap();
    item.remove("servers");
    for (_, operation) in item.iter_mut().filter(|(name, _)| ["get", "post", "delete"].contains(&name.as_str())) {
        // The same id in two files would be an error in one.
        operation.as_object_mut().unwrap().remove("operationId");
        for (_, response) in operation["responses"].as_object_mut().unwrap() {
            if let Some(schema) = response.pointer_mut("/content/application~1json/schema") {
                strict(schema);
            }
        }
    }
}

/// All of the listed properties and no other, as it is with Twilio's answers, though the files do not ask for it; dates by a
/// pattern; v2010's links relative, as Twilio's are and `format: uri` denies.
fn strict(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if schema.get("format").is_some_and(|format| format == "date-time-rfc-2822") {
        schema.remove("format");
        schema.insert("pattern".to_owned(), json!(RFC_2822));
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let names: Vec<&String> = properties.keys().collect();
        let names = json!(names);
        for (name, property) in properties.iter_mut() {
            if name == "uri" || name.ends_with("_uri") {
                let property = property.as_object_mut().unwrap();
                property.remove("format");
                property.insert("pattern".to_owned(), json!("^/2010-04-01/"));
            }
            strict(property);
        }
        schema.insert("additionalProperties".to_owned(), json!(false));
        schema.insert("required".to_owned(), names);
    }
    if let Some(items) = schema.get_mut("items") {
        strict(items);
    }
}
