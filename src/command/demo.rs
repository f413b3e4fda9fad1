//! `demo`: a portal with sample data.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Failure;

pub(super) async fn demo(_listen: SocketAddr, _data: PathBuf) -> Result<(), Failure> {
    Err("not yet".into())
}
