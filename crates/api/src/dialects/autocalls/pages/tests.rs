//! Which pages are linked, and what a page says of itself, as Laravel's own tests of `UrlWindow` and
//! `LengthAwarePaginator` have it.

use super::*;

fn shown(page: u64, last_page: u64) -> String {
    let label = |page: Option<u64>| page.map_or("...".to_owned(), |page| page.to_string());
    let labels: Vec<_> = window(page, last_page).into_iter().map(label).collect();
    labels.join(" ")
}

#[test]
fn the_window_of_pages_is_laravels() {
    let cases = [
        (1, 1, "1"),
        (1, 13, "1 2 3 4 5 6 7 8 9 10 11 12 13"),
        (1, 14, "1 2 3 4 5 6 7 8 9 10 ... 13 14"),
        (7, 20, "1 2 3 4 5 6 7 8 9 10 ... 19 20"),
        (8, 20, "1 2 ... 5 6 7 8 9 10 11 ... 19 20"),
        (13, 20, "1 2 ... 10 11 12 13 14 15 16 ... 19 20"),
        (14, 20, "1 2 ... 11 12 13 14 15 16 17 18 19 20"),
        (20, 20, "1 2 ... 11 12 13 14 15 16 17 18 19 20"),
        (99, 20, "1 2 ... 11 12 13 14 15 16 17 18 19 20"),
    ];
    for (page, last_page, expected) in cases {
        assert_eq!(shown(page, last_page), expected, "{page} of {last_page}");
    }
}

fn page_of(asked: (u64, u64), total: u64, count: usize) -> wire::Paginator<u8> {
    let (page, per_page) = asked;
    let asked = Asked { page, per_page };
    super::page("http://h/p".to_owned(), asked, total, vec![0; count])
}

#[test]
fn a_page_knows_its_place() {
    let middle = page_of((2, 15), 40, 15);
    assert_eq!(
        (middle.from, middle.to, middle.last_page),
        (Some(16), Some(30), 3)
    );
    assert_eq!(middle.prev_page_url.as_deref(), Some("http://h/p?page=1"));
    assert_eq!(middle.next_page_url.as_deref(), Some("http://h/p?page=3"));
    assert_eq!(middle.last_page_url, "http://h/p?page=3");
    let active: Vec<_> = middle.links.iter().filter(|link| link.active).collect();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0].label, "2");
    let empty = page_of((1, 15), 0, 0);
    assert_eq!((empty.from, empty.to, empty.last_page), (None, None, 1));
    assert_eq!((empty.prev_page_url, empty.next_page_url), (None, None));
    let beyond = page_of((9, 15), 40, 0);
    assert_eq!((beyond.from, beyond.current_page), (None, 9));
    assert_eq!(beyond.prev_page_url.as_deref(), Some("http://h/p?page=8"));
    assert_eq!(beyond.next_page_url, None);
}
