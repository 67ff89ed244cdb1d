//! The embedded database, and the template's tables at the DynamoDB endpoint in use.
//!
//! Answered writes are on disk: the SQLite file is in WAL mode with full synchronisation, so neither a kill nor a power
//! cut loses one.

use std::{
    error::Error,
    fs, iter,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    operation::create_table::CreateTableError,
    types::{BillingMode, TimeToLiveSpecification},
};
use dynoxide::Database;
use tokio::{
    task::{self, JoinSet},
    time,
};

use crate::{StartError, aws::Endpoints, template::TableResource};

/// How often expired items are deleted. DynamoDB takes up to days; nothing may rely on it.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Where the embedded database keeps its items.
#[derive(Clone, Debug)]
pub enum Storage {
    /// In memory: they are lost when the stack stops.
    Memory,
    /// In a file in this folder, which is made if it is missing.
    Folder(PathBuf),
}

/// The embedded database, open as long as a clone exists. Its expired items are deleted.
#[derive(Clone)]
pub(crate) struct Embedded {
    database: Database,
    /// Ends with the last clone.
    _sweeping: Arc<JoinSet<()>>,
}

impl Embedded {
    /// Opens the database.
    pub(crate) fn open(storage: &Storage) -> Result<Self, StartError> {
        let database = match storage {
            Storage::Memory => {
                Database::memory().map_err(|error| StartError::Database { reason: error.to_string() })?
            }
            Storage::Folder(folder) => {
                open_in(folder).map_err(|reason| StartError::DataFolder { folder: folder.clone(), reason })?
            }
        };
        let mut sweeping = JoinSet::new();
        sweeping.spawn(sweep(database.clone()));
        Ok(Self { database, _sweeping: Arc::new(sweeping) })
    }

    pub(crate) fn operations(&self) -> &Database {
        &self.database
    }
}

fn open_in(folder: &Path) -> Result<Database, String> {
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let file = folder.join("dynamodb.sqlite");
    let file = file.to_str().ok_or("its path is not UTF-8")?;
    Database::new(file).map_err(|error| error.to_string())
}

async fn sweep(database: Database) {
    loop {
        time::sleep(SWEEP_EVERY).await;
        let database = database.clone();
        // The next sweep deletes what this one leaves.
        let _ = task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}

/// Creates the tables that don't exist yet.
pub(crate) async fn create_tables(endpoints: &Endpoints, tables: &[TableResource]) -> Result<(), StartError> {
    let client = endpoints.unrestricted_dynamodb();
    for table in tables {
        create_table(&client, table)
            .await
            .map_err(|reason| StartError::Tables { endpoint: endpoints.dynamodb_url().to_owned(), reason })?;
    }
    Ok(())
}

async fn create_table(client: &Client, table: &TableResource) -> Result<(), String> {
    let created = client
        .create_table()
        .table_name(&table.name)
        .set_key_schema(Some(table.keys.clone()))
        .set_attribute_definitions(Some(table.attributes.clone()))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created {
        Ok(_) => expire_items(client, table).await,
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => Err(in_one_line(&error)),
    }
}

async fn expire_items(client: &Client, table: &TableResource) -> Result<(), String> {
    let Some(attribute) = &table.ttl else { return Ok(()) };
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build();
    client
        .update_time_to_live()
        .table_name(&table.name)
        .time_to_live_specification(specification.map_err(|error| error.to_string())?)
        .send()
        .await
        .map(drop)
        .map_err(|error| in_one_line(&error))
}

/// An error and what caused it.
fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let errors = iter::successors(Some(error), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
