//! What every store promises, run as the same code on each. A case that is not listed is dead code, which is an error here.

pub mod fixture;
pub mod fresh;
mod keys;
mod lists;
mod log;
mod views;
mod walks;
mod writes;

use lists::*;
use log::*;
use views::*;
use walks::*;
use writes::*;

macro_rules! conformance {
    ($backend:ident) => { conformance! { $backend:
        an_answer_names_the_revision_it_was_read_at
        a_change_set_that_changes_nothing_makes_no_revision
        a_reader_sees_what_it_saw_or_says_that_the_graph_moved
        a_snapshot_reader_has_no_stale_read
        what_is_read_while_it_is_written_is_of_one_revision
        a_change_set_that_does_not_fit_leaves_nothing
        writers_at_once_get_revisions_of_their_own
        a_merged_id_leads_to_the_entity_kept
        statements_that_differ_make_a_contested_amount
        an_amount_is_known_from_the_first_day_on_which_it_is_stated
        undated_facts_are_left_out_where_that_is_asked
        facts_count_that_meet_a_range
        statements_come_back_as_they_were_written
        the_log_tells_every_change_once_in_the_order_of_the_commits
        pages_of_the_log_go_on_from_any_of_its_places
        a_line_concerns_the_data_sets_whose_facts_it_changed
        the_last_line_on_a_key_is_the_newest_that_is_told
        news_comes_with_each_commit
        a_list_is_sorted_by_id_and_pages_are_cut_out_of_it
        an_order_by_name_puts_both_scripts_in_one_alphabet
        filters_join_by_and_and_their_values_by_or
        related_filters_look_at_the_other_end
        counts_are_the_lengths_of_lists
        relations_at_an_entity_come_by_id_and_a_loop_comes_once
        a_region_follows_from_dated_relations
        what_is_hosted_is_where_its_host_is
        what_has_two_hosts_is_where_each_of_them_is
        a_region_alone_selects_no_industry
        a_walk_brings_what_is_reached_and_what_was_refused
        a_relation_met_from_both_ends_is_there_once
        a_reversed_walk_goes_upstream_as_far_as_there_is_a_way
        a_walk_over_its_budget_says_so
        a_neighbourhood_counts_what_it_hides
        a_deleted_relation_is_gone_both_ways
        what_a_view_hides_was_never_written
        a_change_of_access_is_seen_by_readers_opened_later
        a_hidden_relation_places_nothing
    } };
    ($backend:ident: $($case:ident)+) => { mod $backend { $(
        #[tokio::test]
        async fn $case() {
            super::$case(&*crate::conformance::fresh::$backend().await).await;
        }
    )+ } };
}
conformance!(embedded);
conformance!(neo4j);
conformance!(neo4j_staged);

/// What every keeper of API keys promises.
macro_rules! conformance_of_keys {
    ($($backend:ident)+) => { mod of_keys { $(
        #[tokio::test]
        async fn $backend() {
            super::keys::keys_are_kept(&crate::conformance::fresh::$backend().await.keys()).await;
        }
    )+ } };
}
conformance_of_keys!(embedded neo4j);
