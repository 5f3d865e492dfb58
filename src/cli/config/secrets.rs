//! What in the file looks like a secret. Nothing secret belongs there: it is read by editors, and kept in repositories.

use super::settings::Span;

/// The length of an Auth Token and of an API key's secret.
const LENGTH: usize = 32;

/// How the secrets of other services begin.
const MARKS: &[&str] = &["github_pat_", "ghp_", "glpat-", "xoxb-", "xoxp-", "sk_live_", "rk_live_", "AKIA"];

/// What stands before words of that length that are none: a store's hashes.
const HARMLESS: &str = "/nix/store/";

/// The places of words that look like secrets, comments included.
pub(super) fn find(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    let is_word = |c: char| c.is_ascii_alphanumeric();
    for piece in text.split_inclusive(|c: char| !is_word(c)) {
        let word = piece.trim_end_matches(|c: char| !is_word(c));
        let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
        if word.len() == LENGTH && mixed && !text[..start].ends_with(HARMLESS) {
            found.push(start..start + word.len());
        }
        start += piece.len();
    }
    for mark in MARKS {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
            let alone = !text[..at].ends_with(is_word);
            if alone && length >= 16 {
                found.push(at..at + mark.len() + length);
            }
        }
    }
    found.sort_by_key(|span| span.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_and_sids_and_hashes_are_not() {
        let token = "0123456789abcdef".repeat(2);
        let secret = "s3cr3tOf1x".repeat(4)[..32].to_owned();
        let other = format!("ghp{}", "_a1b2c3d4e5f6g7h8");
        let text = format!(
            "# {token}\ncheck = \"curl -u AC{token}:{secret} x\"\nafter = \"/nix/store/{token}-x\"\nx = \"{other}\"\n{}\n",
            "a".repeat(32)
        );
        let found: Vec<&str> = find(&text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, [token.as_str(), &secret, &other]);
    }
}
