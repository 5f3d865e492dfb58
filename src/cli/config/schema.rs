//! The schema by which editors check and complete the file: JSON Schema, draft 7, made of the table of fields.

use serde_json::{Map, Value, json};

use super::fields::{FIELDS, Field, Form};
use super::settings::Kind;
use crate::sinks::{KINDS, Target};

/// The name of the schema's file beside the configuration.
pub const NAME: &str = "twcred.schema.json";

/// The schema as text.
#[must_use]
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> Value {
    let defaults: Map<String, Value> = Field::of_defaults().map(property).collect();
    let all: Map<String, Value> = FIELDS.iter().map(property).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "twcred.toml",
        "description": "Named targets of twcred: which credential is rotated, where it stands, and by which rules.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "defaults": {
                "description": "What holds for every target that does not say otherwise.",
                "type": "object",
                "additionalProperties": false,
                "properties": defaults,
            },
            "targets": {
                "description": "A table for each target: [targets.NAME].",
                "type": "object",
                "additionalProperties": false,
                "patternProperties": { "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": { "$ref": "#/definitions/target" } },
            },
        },
        // What [defaults] give no place to says its own.
        "if": { "required": ["defaults"], "properties": { "defaults": { "required": ["env-file"] } } },
        "else": { "properties": { "targets": { "additionalProperties": {
            "anyOf": [{ "required": ["env-file"] }, { "required": ["profile"] }, { "required": ["sinks"] }],
            "dependencies": { "variables": ["env-file"] },
        } } } },
        "definitions": {
            "target": {
                "description": "One credential, the places that hold it, and the rules of its rotation.",
                "type": "object",
                "additionalProperties": false,
                "properties": all,
                "if": { "properties": { "kind": { "const": Kind::AuthToken.name() } }, "required": ["kind"] },
                "then": without_fields_of_others(Kind::AuthToken),
                "else": without_fields_of_others(Kind::ApiKey),
            },
        },
    })
}

/// That a target of this kind has no field that means something to others only.
fn without_fields_of_others(kind: Kind) -> Value {
    let others = FIELDS.iter().filter(|field| !field.kinds.contains(&kind));
    let others: Map<String, Value> = others.map(|field| (field.name.to_owned(), Value::Bool(false))).collect();
    match kind {
        // A profile beside an env file authorises, and nothing but the token itself may replace it.
        Kind::AuthToken => json!({ "properties": others, "not": { "required": ["env-file", "profile"] } }),
        Kind::ApiKey => json!({ "properties": others }),
    }
}

fn property(field: &Field) -> (String, Value) {
    let mut value = match field.form {
        Form::Kind(_) => json!({ "enum": Kind::ALL.map(Kind::name), "default": Kind::ApiKey.name() }),
        Form::Account(_) => text_of("^AC[0-9a-fA-F]{32}$"),
        Form::Profile(_) => text_of("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
        Form::Path(_) => text_of("^(/|~/)[^#]*[^#/]$"),
        Form::Variables(_) => list_of(&text_of("^(\\*|[A-Za-z_][A-Za-z0-9_]*)$")),
        Form::Sinks(_) => list_of(&text_of(&sinks())),
        // Of the forms that are understood this is what all have in common; which unit there is, the program says.
        Form::Duration(_) => {
            let mut text = text_of("^(0|.*[0-9] ?[A-Za-z].*)$");
            // A part of a day is said in hours, and how long a month is nobody knows.
            text["not"] = json!({ "pattern": "[.,][0-9]+ ?[dwDW]|[0-9] ?([yY]|mo)" });
            text
        }
        Form::Command(_) => text_of("\\S"),
        Form::Suffix(_) => text_of("^_[A-Z0-9_]+$"),
        Form::Flag(_) => json!({ "type": "boolean" }),
    };
    value["description"] = field.help.replace('\n', " ").into();
    (field.name.to_owned(), value)
}

fn text_of(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1, "uniqueItems": true })
}

/// The form of a sink's name, for every kind there is.
fn sinks() -> String {
    let of = |kind: &crate::sinks::Kind| match kind.target {
        Target::File => format!("{}:(/|~/).+", kind.scheme),
        Target::Program => format!("{}:(/.+|~/.+|[^/#]+)", kind.scheme),
        Target::Profile => format!("{}:[A-Za-z0-9][A-Za-z0-9._-]*", kind.scheme),
    };
    format!("^({})$", KINDS.iter().map(of).collect::<Vec<_>>().join("|"))
}
