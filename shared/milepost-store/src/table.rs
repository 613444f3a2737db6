//! What the table is. Deployed, the template makes it; these names and that template agree.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TimeToLiveSpecification,
};

use crate::calls::built;
use crate::{Store, StoreError};

/// The partition key's attribute, a text.
pub const PARTITION_KEY: &str = "pk";

/// The sort key's attribute, a text.
pub const SORT_KEY: &str = "sk";

/// The attribute that says when an item expires, in Unix seconds.
pub const TTL_ATTRIBUTE: &str = "expires_at";

impl Store {
    /// Creates the table with its keys, its stream and its TTL, on demand. For tests and for a hub that brings its own
    /// DynamoDB; deployed, the template creates it and no function may.
    ///
    /// # Errors
    /// [`StoreError::Call`], also when the table exists.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let mut create = self.shared.client.create_table().table_name(self.table());
        for (name, role) in [(PARTITION_KEY, KeyType::Hash), (SORT_KEY, KeyType::Range)] {
            let key = KeySchemaElement::builder().attribute_name(name).key_type(role);
            let text = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S);
            create = create
                .key_schema(built(self, "CreateTable", key.build())?)
                .attribute_definitions(built(self, "CreateTable", text.build())?);
        }
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::NewAndOldImages);
        create
            .billing_mode(BillingMode::PayPerRequest)
            .stream_specification(built(self, "CreateTable", stream.build())?)
            .send()
            .await
            .map_err(|error| StoreError::call(self.table(), "CreateTable", &error))?;
        let ttl = TimeToLiveSpecification::builder()
            .attribute_name(TTL_ATTRIBUTE)
            .enabled(true);
        self.shared
            .client
            .update_time_to_live()
            .table_name(self.table())
            .time_to_live_specification(built(self, "UpdateTimeToLive", ttl.build())?)
            .send()
            .await
            .map_err(|error| StoreError::call(self.table(), "UpdateTimeToLive", &error))?;
        Ok(())
    }
}
