//! A book moves between SQLite and PostgreSQL, in both directions, and between databases; half of one does not open.

use store::transfer::Transfer;
use store_postgres::PostgresStore;
use store_postgres::testing::TestSchema;

mod from_sqlite {
    store::transfer_tests!(crate::open_sqlite, crate::open);
}

mod to_sqlite {
    store::transfer_tests!(crate::open, crate::open_sqlite);
}

mod between_databases {
    store::transfer_tests!(crate::open, crate::open);
}

mod to_a_sharded_one {
    store::transfer_tests!(crate::open_sqlite, crate::open_routed);
}

mod from_a_sharded_one {
    store::transfer_tests!(crate::open_routed, crate::open_sqlite);
}

#[tokio::test]
async fn half_a_book_does_not_open() {
    let schema = TestSchema::create().await;
    let store = PostgresStore::open(&schema.url).await.expect("opens");
    store.begin_import().await.expect("begins");
    let refused = PostgresStore::open(&schema.url).await;
    let refused = refused.err().expect("is refused");
    let why = std::error::Error::source(&refused).map(ToString::to_string);
    let why = why.expect("says why");
    assert!(
        why.contains("half a book") && why.contains("drop the database"),
        "{why}"
    );
    store.end_import(&mut |_| ()).await.expect("ends");
    PostgresStore::open(&schema.url).await.expect("is whole");
}
