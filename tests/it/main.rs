//! The behaviour of twcred, seen from outside its modules.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod support;

mod accounts_children;
mod accounts_faults;
mod accounts_list;
mod accounts_refused;
mod accounts_resume;
mod api_tokens;
mod audit_comments;
mod audit_copies;
mod audit_fix;
mod audit_forms;
mod audit_held;
mod audit_hostile;
mod audit_input;
mod audit_kernel;
mod audit_live;
mod audit_place;
mod audit_reports;
mod audit_spared;
mod audit_surroundings;
mod audit_trust;
mod config_file;
mod config_init;
mod config_rotate;
mod config_token;
mod credentials;
mod env_corpus;
mod env_lossless;
mod exec;
mod exits_disk;
mod exits_file;
mod exits_state;
mod exits_tls;
mod exits_twilio;
mod keys_create;
mod keys_list;
mod keys_one;
mod keys_revoke;
mod keys_rotate;
mod killed;
mod leaks;
mod polish_network;
mod polish_signals;
mod polish_whoami;
mod profiles;
mod profiles_gone;
mod profiles_import;
mod profiles_rotate;
mod program;
mod promise;
mod properties;
mod rehearse;
mod rotation_commands;
mod sink_commands;
mod sink_gone;
mod sinks_contract;
mod sinks_exec;
mod sinks_tokens;
#[allow(dead_code, reason = "the other half of its callers is in tests/campaign")]
#[path = "killed_stage.rs"]
mod stage;
mod token_delete;
mod token_foreign;
mod token_held;
mod token_hints;
mod token_killed;
mod token_lost;
mod token_places;
mod token_rotate;
mod webhook_verify;
