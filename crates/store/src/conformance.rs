//! The suite that every store must pass: every promise of [`Store`](crate::Store)'s documentation, as cases.
//!
//! A store's tests call [`conformance_tests!`](crate::conformance_tests) with a function that opens an empty store; each
//! case becomes a test of its own. A case makes a workspace and looks at little outside it, but background loops serve
//! all workspaces, so that two cases must not share a store. After every batch the world compares the outcomes with what is stored, and
//! after every case it folds each lead's events and compares the result with the lead (see [`World`]).
//!
//! What a store promises beyond the trait (files, processes, reopening) is tested beside that store.

#![expect(clippy::unwrap_used, reason = "in a test suite a panic is the answer")]

pub mod administration;
pub mod attempts;
pub mod batches;
pub mod bulks;
pub mod call_log;
pub mod calls;
pub mod campaigns;
pub mod dead_letters;
pub mod deferred;
pub mod deletion;
pub mod deliveries;
pub mod far_pages;
pub mod feed;
pub mod history;
pub mod jobs;
pub mod leads;
pub mod lists;
pub mod notes;
pub mod subscriptions;
pub mod tenancy;
pub mod transfer;
pub mod uniqueness;
pub mod values;
mod world;
mod zoo;

pub use world::World;

/// Makes a `#[tokio::test]` of every case that moves a book from one store to another, both opened as for
/// [`conformance_tests!`](crate::conformance_tests) and empty.
#[macro_export]
macro_rules! transfer_tests {
    ($source:path, $target:path) => {
        $crate::transfer_tests! { @each $source, $target;
            everything_is_moved,
            accepted_bulks_are_made_there,
            work_goes_on_where_it_stood,
            who_listens_goes_on_listening,
            a_feed_goes_on_behind_its_old_end,
            no_number_is_given_out_twice,
            a_long_history_is_moved_in_pages,
            an_empty_book_is_moved,
            an_import_is_begun_once,
        }
    };
    (@each $source:path, $target:path; $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            let (source, _source) = $source().await;
            let (target, _target) = $target().await;
            $crate::conformance::transfer::$case(&source, &target).await;
        })*
    };
}

/// Makes a `#[tokio::test]` of every case. `$open` is an `async fn() -> (impl Store, T)`; the second part is kept
/// until the case is over.
#[macro_export]
macro_rules! conformance_tests {
    ($open:path) => {
        $crate::conformance_tests! { @each $open;
            administration {
                a_workspace_reads_back,
                a_campaign_reads_back,
                tags_users_and_fields_read_back,
                a_campaign_is_found_by_its_alias,
                a_number_in_vendor_clothes_must_match_the_time,
                keys_read_back,
                a_revoked_key_stays_revoked,
                ids_are_handed_out_once,
                ids_can_start_higher,
                health_counts,
            }
            attempts {
                every_attempt_is_logged,
                the_log_is_read_in_parts,
                a_replayed_delivery_keeps_its_log,
                old_attempts_are_forgotten,
            }
            batches {
                outcomes_come_in_order,
                a_refusal_leaves_its_neighbours_alone,
                commands_see_earlier_ones_of_their_batch,
                a_batch_that_fails_stores_nothing,
                a_no_op_writes_nothing,
                an_empty_batch_is_nothing,
                a_whole_life_in_one_batch,
            }
            bulks {
                chunks_come_in_their_order,
                what_is_made_is_forgotten,
                what_was_accepted_is_not_dropped,
                a_dead_ones_bulk_is_taken_over,
                so_many_are_taken_over_at_once,
                bulks_stay_inside_the_workspace,
                a_chunk_made_twice_is_made_once,
            }
            call_log {
                each_part_of_a_filter,
                a_deleted_one_is_in_no_list,
                a_row_says_what_was_then,
                the_log_stays_inside_the_workspace,
            }
            calls {
                a_claim_holds_until_the_outcome,
                a_reservation_becomes_an_attempt,
                only_the_holder_ends_a_call,
                a_lease_that_ran_out_is_swept,
                an_expiry_that_comes_late_does_nothing,
                a_status_set_by_hand_survives_the_outcome,
                the_first_attempt_locks,
                candidates_are_due_and_free,
                candidates_come_longest_due_first,
                a_claim_is_decided_not_hinted,
                many_calls_are_remembered_newest_last,
            }
            campaigns {
                a_change_reads_back,
                a_change_needs_the_version_before,
                the_next_batch_sees_a_change,
                rules_count_when_a_call_ends,
                they_are_listed_by_number,
                a_deleted_one_is_to_be_emptied,
            }
            dead_letters {
                what_was_given_up_is_kept,
                they_are_listed_by_filter,
                they_are_replayed_by_filter,
                so_many_are_replayed_at_once,
                a_replayed_one_waits_for_what_is_under_way,
                of_a_disabled_subscription_they_stay,
                of_a_deleted_subscription_none_is_kept,
                what_waits_is_listed_too,
            }
            deferred {
                edits_wait_for_the_outcome_in_order,
                edits_wait_for_the_expiry_too,
                a_refused_one_leaves_an_event,
                what_would_be_refused_now_is_refused_now,
                only_so_many_wait,
                waiting_and_ending_in_one_batch,
            }
            deletion {
                nobody_finds_it,
                an_imported_one_is_gone_too,
                a_phone_names_the_newest_that_has_it,
                it_takes_nothing,
                a_call_under_way_may_end,
                a_job_of_it_ends_in_a_result,
                a_campaign_that_is_over_may_keep_it,
                contacts_read_back,
                a_repeated_creation_is_one,
            }
            deliveries {
                a_result_goes_to_every_subscription,
                one_at_a_time_per_lead_and_subscription,
                a_retry_comes_later_and_holds_the_line,
                a_dead_one_lets_the_next_pass,
                finishing_twice_does_nothing,
                a_failed_attempt_counts_once,
                the_longest_due_come_first,
                subscriptions_can_be_left_out,
                an_event_comes_with_its_lead_as_it_was,
                each_lead_and_subscription_has_its_line,
                an_event_goes_before_its_result,
                a_leased_one_is_given_to_nobody_again,
                a_backlog_hides_nothing,
                outcomes_are_recorded_together,
                what_ends_without_an_attempt_counts_none,
                tests_and_notices_are_added,
            }
            feed {
                every_event_comes_once,
                an_order_stays_as_it_was,
                an_end_is_an_end,
                workspaces_have_feeds_of_their_own,
                a_quiet_feed_is_found_among_busy_ones,
                a_feed_that_has_grown_is_named,
            }
            history {
                newest_first_in_pages,
                an_event_says_who_and_what,
                no_lead_no_history,
            }
            jobs {
                jobs_of_a_lead_run_in_order,
                one_head_per_lead,
                a_job_runs_once,
                a_refused_job_says_why,
                only_so_many_wait,
                a_queued_edit_reads_back_whole,
            }
            leads {
                an_imported_id_wins_over_the_number,
                a_wrong_time_part_is_another_id,
                the_newest_of_an_external_id,
                a_name_with_a_nul_is_nobodys,
                a_version_must_match,
                a_lead_moves_between_campaigns,
                indexes_follow_the_lead,
            }
            lists {
                an_empty_list_is_a_list,
                each_part_of_a_filter,
                random_filters_find_what_matches,
                pages_go_through_ties,
                a_place_stays_where_it_is,
                behind_the_end_is_nothing,
                a_search_takes_texts_as_they_are,
                a_search_follows_the_lead,
                counts_follow_the_leads,
                totals_are_exact,
                a_broad_search_counts_at_least,
                a_sparse_search_fills_its_pages,
                lists_stay_inside_the_workspace,
                custom_values_are_found_by_type,
            }
            far_pages {
                a_page_is_where_it_belongs,
                what_many_have_is_read_on,
            }
            notes {
                a_note_reads_back,
                a_note_is_replaced,
                notes_are_listed_oldest_first,
                notes_stay_inside_the_workspace,
                tags_and_users_are_listed_by_number,
            }
            subscriptions {
                a_subscription_reads_back,
                an_update_needs_the_version_before,
                a_change_counts_from_the_next_batch,
                filters_say_who_hears,
                what_a_batch_made_is_counted,
                an_endpoint_fails_and_recovers,
                a_disabled_one_hears_nothing_new,
                what_has_ended_says_nothing_of_its_endpoint,
                a_corrected_one_counts_for_what_waits,
                the_backlog_is_counted,
            }
            tenancy {
                reads_stay_inside_the_workspace,
                commands_stay_inside_the_workspace,
                references_stay_inside_the_workspace,
                a_stranger_hides_no_waiting_edit,
                subscriptions_stay_inside_the_workspace,
                deliveries_stay_inside_the_workspace,
            }
            uniqueness {
                a_phone_is_unique_in_its_campaign,
                a_called_phone_is_unique_in_its_workspace,
                an_external_id_is_unique_in_its_campaign,
                an_email_is_unique_in_its_workspace,
                inside_one_batch_too,
            }
            values {
                every_field_reads_back,
                every_field_can_be_cleared,
                text_of_every_kind,
                member_order_and_number_spelling_are_kept,
                the_largest_values,
                empty_is_not_absent,
            }
        }
    };
    (@each $open:path; $($module:ident { $($case:ident,)* })*) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $case() {
                let (store, _keep) = $open().await;
                let world = $crate::conformance::World::new(&store).await;
                $crate::conformance::$module::$case(&world).await;
                world.check_histories().await;
            })*
        })*
    };
}
