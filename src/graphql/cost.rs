//! Requests are priced before anything is read or written, and told their price.

use async_graphql::{Request, Response, ServerError, Value};

use super::refusal;
use crate::op::Op;
use crate::shape::{Prices, Reader, complete};

/// Prices requests and refuses those that could read too much.
#[derive(Debug)]
pub struct Cost {
    prices: Prices,
    limit: u64,
}

impl Cost {
    /// Prices requests to the schema of that SDL; one may read at most `limit` rows.
    ///
    /// # Errors
    /// Where the SDL cannot be parsed, which would be a fault of the library.
    pub fn new(sdl: &str, limit: u64) -> Result<Self, async_graphql::parser::Error> {
        let prices = Prices::of(sdl)?;
        Ok(Self { prices, limit })
    }

    /// Gives the request what it needs to read, and answers its price; refuses what costs too much,
    /// and lists whose arguments make no sense, before a mutation has changed anything.
    ///
    /// # Errors
    /// `COST_EXCEEDED` or `BAD_USER_INPUT`.
    pub fn admit(&self, op: &Op, mut request: Request) -> Result<(Request, u64), ServerError> {
        let mut variables = std::mem::take(&mut request.variables);
        let name = request.operation_name.clone();
        let document = request.parsed_query()?;
        complete(document, name.as_deref(), &mut variables);
        let price = self.prices.price(document, name.as_deref(), &variables)?;
        request.variables = variables;
        if price.rows > self.limit {
            let message = format!(
                "The request could read {} rows, and the limit is {}: ask for smaller pages, or \
                 for fewer lists inside lists.",
                price.rows, self.limit
            );
            let mut error = refusal("COST_EXCEEDED", message);
            if let Some(extensions) = &mut error.extensions {
                extensions.set("cost", self.told(price.rows));
            }
            return Err(error);
        }
        Ok((request.data(Reader::new(op, &price)), price.rows))
    }

    /// Tells the price in the answer's `extensions`.
    #[must_use]
    pub fn tell(&self, response: Response, rows: u64) -> Response {
        response.extension("cost", self.told(rows))
    }

    fn told(&self, rows: u64) -> Value {
        async_graphql::value!({ "requested": rows, "limit": self.limit })
    }
}
