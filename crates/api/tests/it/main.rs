//! The wire's tests: transcripts of every dialect over real HTTP, and what no transcript can say: waits, streams,
//! signatures, a server that lacks something.

mod book;
mod campaigns;
mod described;
mod docs;
mod feed;
mod http;
mod notes;
mod pages;
mod rates;
mod services;
mod transcript;
mod uploads;
mod webhooks;

/// One test per folder, so that a vendor's transcripts fail by themselves.
macro_rules! transcripts {
    ($($vendor:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $vendor() {
                transcript::run_folder(stringify!($vendor)).await;
            }
        )*
    };
}

transcripts!(native, autocalls, nlpearl, journeybee, dialnexa, uservox);
