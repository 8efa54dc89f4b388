//! TLS towards others: no provider for the whole process, no certificates of the system.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// How servers are called by TLS: their certificates are verified by the public authorities, or
/// by those in a PEM file.
///
/// # Errors
/// When the file cannot be read or holds what is no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("invalid CA file: {error}");
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = ca_file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unreadable(&e))? {
            let certificate = certificate.map_err(|e| unreadable(&e))?;
            roots.add(certificate).map_err(|e| unreadable(&e))?;
        }
    } else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
