//! TLS by rustls with ring, trusting what the machine trusts.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// Makes the TLS configuration. Nothing is read from disk here: the trust store is loaded when the first certificate
/// is to be judged, so a run that speaks plain http to this machine never pays for it.
///
/// On Linux the platform's verifier honours `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///
/// # Errors
/// If `extra_ca_pem` holds no certificate or one that cannot be read.
pub(super) fn config(extra_ca_pem: Option<&[u8]>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut extra = Vec::new();
    if let Some(pem) = extra_ca_pem {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            extra.push(certificate.map_err(|_| "the extra CA file is not in PEM form".to_owned())?);
        }
        if extra.is_empty() {
            return Err("the extra CA file holds no certificate".to_owned());
        }
    }
    let verifier = AtFirstUse { extra, provider: provider.clone(), verifier: OnceLock::new() };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// The platform's verifier, made when it is first asked. It judges every certificate; this only delays its making.
#[derive(Debug)]
struct AtFirstUse {
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Verifier, Error>>,
}

impl AtFirstUse {
    fn verifier(&self) -> Result<&Verifier, Error> {
        self.verifier
            .get_or_init(|| Verifier::new_with_extra_roots(self.extra.iter().cloned(), self.provider.clone()))
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl ServerCertVerifier for AtFirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls13_signature(message, cert, signed)
    }

    /// Asked while the first message is written, before any certificate is seen; the provider knows the answer.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_ca_that_is_none_is_refused() {
        assert!(config(None).is_ok());
        assert_eq!(config(Some(b"hello")).unwrap_err(), "the extra CA file holds no certificate");
        let torn = b"-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----\n";
        assert_eq!(config(Some(torn)).unwrap_err(), "the extra CA file is not in PEM form");
    }
}
