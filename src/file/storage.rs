//! Where the bytes of files lie: in a folder, or in a bucket that speaks S3.

use std::path::Path;
use std::sync::Arc;

use entity::file;
use entity::id::FileId;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::config;
use crate::error::{Away, Error, Result};

/// Where bytes lie. Clones share it.
#[derive(Clone, Debug)]
pub struct Store(Arc<dyn ObjectStore>);

impl Store {
    /// The folder `files` of the data folder, or the bucket where one is named.
    ///
    /// # Errors
    /// Says what stands in the way of the folder. A bucket is asked for only when it is needed:
    /// `entente doctor` looks.
    pub fn open(config: &config::Files, data: &Path) -> Result<Self> {
        let Some(bucket) = &config.s3_bucket else {
            let folder = data.join("files");
            let made = std::fs::create_dir_all(&folder);
            made.map_err(|error| Error::fault(format!("{}: {error}", folder.display())))?;
            let store = LocalFileSystem::new_with_prefix(&folder)
                .map_err(|error| Error::fault(error.to_string()))?;
            // What is said to be there is there after a power cut as well.
            return Ok(Self(Arc::new(store.with_fsync(true))));
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&config.s3_region);
        if let Some(endpoint) = &config.s3_endpoint {
            // Servers of one's own know their buckets by path.
            builder = builder
                .with_endpoint(endpoint.as_str().trim_end_matches('/'))
                .with_allow_http(endpoint.scheme() == "http")
                .with_virtual_hosted_style_request(false);
        }
        if let (Some(key), Some(secret)) = (&config.s3_access_key, &config.s3_secret_key) {
            builder = builder
                .with_access_key_id(key)
                .with_secret_access_key(secret.reveal());
        }
        let store = builder
            .build()
            .map_err(|error| Error::fault(format!("the bucket {bucket}: {error}")))?;
        Ok(Self(Arc::new(store)))
    }

    /// Lays bytes down; the same once more changes nothing.
    ///
    /// # Errors
    /// [`Away::Store`].
    pub async fn put(&self, file: FileId, sha256: &str, bytes: Vec<u8>) -> Result<()> {
        let key = key(file, sha256);
        self.0
            .put(&key, PutPayload::from(bytes))
            .await
            .map_err(away)?;
        Ok(())
    }

    /// The bytes of a file; none where they are not there.
    ///
    /// # Errors
    /// [`Away::Store`].
    pub async fn get(&self, file: &file::Model) -> Result<Option<Vec<u8>>> {
        let key = key(file.id, file.sha256.as_deref().unwrap_or_default());
        let found = match self.0.get(&key).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(away(error)),
        };
        Ok(Some(found.bytes().await.map_err(away)?.into()))
    }

    /// How many bytes a file has, and they, a piece at a time; none where they are not there.
    ///
    /// # Errors
    /// [`Away::Store`], also while they come.
    pub(super) async fn pieces(
        &self,
        file: &file::Model,
    ) -> Result<Option<(u64, BoxStream<'static, Result<Vec<u8>>>)>> {
        let key = key(file.id, file.sha256.as_deref().unwrap_or_default());
        let found = match self.0.get(&key).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(away(error)),
        };
        let size = found.meta.size;
        let pieces = found.into_stream().map_ok(Vec::from).map_err(away);
        Ok(Some((size, pieces.boxed())))
    }

    /// Removes everything that was ever laid down for a file; what is gone already is no fault.
    ///
    /// # Errors
    /// [`Away::Store`].
    pub async fn delete(&self, file: FileId) -> Result<()> {
        let listed = self.0.list(Some(&folder(file)));
        let keys: Vec<Key> = listed
            .map_ok(|it| it.location)
            .try_collect()
            .await
            .map_err(away)?;
        for key in keys {
            match self.0.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(away(error)),
            }
        }
        Ok(())
    }

    /// Whether bytes can be laid down, read and removed: a file of the portal's own is.
    ///
    /// # Errors
    /// [`Away::Store`], with what stands in the way.
    pub async fn check(&self) -> Result<()> {
        let key = Key::from("check");
        self.0
            .put(&key, PutPayload::from_static(b"entente"))
            .await
            .map_err(away)?;
        self.0.get(&key).await.map_err(away)?;
        self.0.delete(&key).await.map_err(away)
    }

    /// How many objects there are, up to `most`.
    ///
    /// # Errors
    /// [`Away::Store`].
    pub async fn count(&self, most: usize) -> Result<usize> {
        let listed = self.0.list(None).take(most);
        Ok(listed.try_collect::<Vec<_>>().await.map_err(away)?.len())
    }
}

fn folder(file: FileId) -> Key {
    Key::from(file.0.simple().to_string())
}

/// Two uploads at once lie beside each other: the row says which of them it is.
fn key(file: FileId, sha256: &str) -> Key {
    folder(file).join(sha256)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands behind `map_err`, which gives it away"
)]
fn away(error: object_store::Error) -> Error {
    Away::Store(error.to_string()).into()
}
