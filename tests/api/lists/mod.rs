//! Lists: filters, orders, pages and the selection of members.

mod article_orders;
mod articles;
mod filter;
mod page_numbers;
mod paging;
mod selection;
