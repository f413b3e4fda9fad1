//! A field that fails and may be null is null, and its neighbours stay.
//!
//! async-graphql lets the error of `Result<Option<T>>` and of every guard rise to the parent, up
//! to the whole page. This catches it at the field, as the specification says. It costs CPU for
//! each field that async-graphql itself resolves; shapes write theirs without it.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
};
use async_graphql::{Response, ServerError, ServerResult, Value};

/// Makes one for each request.
#[derive(Clone, Copy, Debug)]
pub struct Isolation;

impl ExtensionFactory for Isolation {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Caught::default())
    }
}

/// What fields that may be null failed with.
#[derive(Default)]
struct Caught(Mutex<Vec<ServerError>>);

#[async_trait::async_trait]
impl Extension for Caught {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        let mut caught = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        response.errors.append(&mut caught);
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let may_be_null = !info.return_type.ends_with('!');
        match next.run(ctx, info).await {
            Err(error) if may_be_null => {
                self.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(error);
                Ok(None)
            }
            other => other,
        }
    }
}
