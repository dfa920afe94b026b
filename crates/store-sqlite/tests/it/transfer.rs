//! A book moves from one file to another; half of one does not open.

use store::transfer::Transfer;
use store_sqlite::SqliteStore;

store::transfer_tests!(crate::open, crate::open);

#[tokio::test]
async fn half_a_book_does_not_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("half.sqlite");
    let store = SqliteStore::open(&path).expect("opens");
    store.begin_import().await.expect("begins");
    let refused = SqliteStore::open(&path).err().expect("is refused");
    let why = std::error::Error::source(&refused).map(ToString::to_string);
    let why = why.expect("says why");
    assert!(
        why.contains("half.sqlite") && why.contains("delete the file"),
        "{why}"
    );
    store.end_import(&mut |_| ()).await.expect("ends");
    SqliteStore::open(&path).expect("is whole");
}
