"""What other crawlers call our keys."""

from __future__ import annotations

import re

# Our key, and the names that others have for it; upper and lower case, `_` and `-` do not count. `section.name` is
# meant for that section alone, where `section_name` is looked for too.
# From Scrapy, Crawlee, Elastic Open Crawler, Colly, Browsertrix, wget, katana, Nutch, Heritrix and plain habit.
_NAMES = {
    "name": "crawl_name crawl_id collection job project bot_name output_index",
    "seeds": "start_urls start_url start_requests seed seed_url seed_urls url urls domains domain sites site start "
    "targets",
    "seed_file": "url_file url_list_file input_file input_files_path requests_from_url url_seed_file seeds_file "
    "urls_file",
    "sitemaps": "sitemap sitemap_urls sitemap_url sitemap_rules use_sitemap sitemap_discovery "
    "sitemap_discovery_disabled",
    "scope.type": "scope_type strategy enqueue_strategy crawl_scope span_hosts no_parent scope.mode scope.level",
    "scope.hosts": "allowed_domains allowed_hosts allow_domains allowed_domain domain_allowlist scope.domains "
    "scope.domain",
    "scope.include": "allow allow_list include_urls globs include_patterns accept_regex url_filters crawl_rules "
    "allowed_urls include_regex rules regexps pseudo_urls domain_glob accept include_directories scope_include_rx",
    "scope.exclude": "deny deny_list blacklist disallowed_url_filters exclude_urls exclude_patterns reject_regex "
    "block_rules exclude_regex blocked_urls disallowed_domains deny_domains exclude_domains reject exclude_directories "
    "scope_exclude_rx",
    "scope.extra_hops": "extra_hop offsite_depth max_hops",
    "limits.max_pages": "closespider_pagecount closespider_itemcount max_requests_per_crawl max_requests page_limit "
    "max_unique_url_count limit max_urls max_page_count pages limits.max limits.records limits.number",
    "limits.max_pages_per_host": "max_pages_per_domain generate_max_count",
    "limits.max_depth": "depth_limit depth max_crawl_depth crawl_depth level recursion_depth recursive",
    "limits.max_duration": "closespider_timeout time_limit timelimit max_run_time max_time max_crawl_time",
    "limits.min_free_disk": "disk_utilization min_free_space min_disk disk_quota",
    "limits.max_bytes": "quota size_limit max_total_size",
    "limits.max_response_size": "download_maxsize max_body_size max_file_size body_limit http_content_limit "
    "max_title_size max_download_size download_warnsize",
    "limits.max_redirects": "redirect_max_times max_redirect max_redirect_times redirect_limit redirect_enabled "
    "follow_redirects allow_redirects max_redirects_count",
    "limits.max_url_length": "urllength_limit max_url_len",
    "limits.max_path_segments": "max_url_segments",
    "limits.max_query_params": "max_url_params max_query_parameters",
    "limits.max_links_per_page": "max_extracted_links_count max_outlinks max_indexed_links_count",
    "client.type": "http_client downloader download_handlers backend engine library",
    "client.http2": "http_2 use_http2 http_version",
    "client.http3": "http_3 use_http3 quic",
    "client.user_agent": "useragent agent ua http_agent_name user_agent_suffix",
    "client.headers": "default_request_headers header extra_headers additional_headers http_header",
    "client.cookies": "cookies_enabled cookie load_cookies cookie_jar cookies_debug persist_cookies_per_session",
    "client.auth": "http_user http_pass httpauth authentication basic_auth credentials http_auth http_auth_allowed",
    "client.auth.username": "user login user_name",
    "client.auth.password": "pass passwd pwd http_password",
    "client.auth.bearer": "bearer_token token access_token api_key",
    "client.proxy": "proxies http_proxy https_proxy proxy_url proxy_urls proxy_configuration proxy_server proxy_host "
    "httpproxy_enabled http_proxy_host http_proxy_port no_proxy",
    "client.allow_private": "allow_private_networks loopback_allowed private_networks_allowed allow_private_ips",
    "client.verify_tls": "verify verify_ssl ssl_verify insecure ssl_verification_mode no_check_certificate "
    "ignore_https_errors ignore_ssl_errors tls_verify",
    "client.ca_file": "ca_bundle ca_certificate cafile ca_cert ssl_certificate_authorities",
    "concurrency.total": "concurrent_requests max_concurrency threads parallelism max_connections concurrent "
    "max_workers max_concurrent_requests threads_per_crawl min_concurrency desired_concurrency concurrency.max",
    "concurrency.per_host": "concurrent_requests_per_domain concurrent_requests_per_ip per_domain max_per_host "
    "max_connections_per_host limit_per_host",
    "concurrency.connections": "pool_size max_keepalive_connections connection_limit max_pool_size",
    "concurrency.workers": "processes num_workers worker",
    "politeness.delay": "download_delay crawl_delay wait request_delay same_domain_delay_secs page_extra_delay "
    "rate_limit sleep polite_delay delay_ms max_requests_per_minute max_tasks_per_minute requests_per_second",
    "politeness.jitter": "randomize_download_delay random_delay random_wait",
    "politeness.adaptive": "autothrottle autothrottle_enabled autothrottle_target_concurrency autothrottle_start_delay "
    "autothrottle_max_delay",
    "politeness.obey_robots": "robotstxt_obey robots_txt_obey respect_robots_txt respect_robots_txt_file "
    "ignore_robots_txt robots robots_txt obey_robots_txt respect_robots",
    "timeouts.total": "download_timeout timeout request_timeout total_timeout page_load_timeout "
    "request_handler_timeout_secs navigation_timeout_secs timeouts.max",
    "timeouts.connect": "connect_timeout connection_timeout dns_timeout",
    "timeouts.read": "read_timeout socket_timeout response_timeout",
    "timeouts.write": "write_timeout",
    "timeouts.pool": "pool_timeout",
    "timeouts.drain": "graceful_timeout shutdown_timeout",
    "dns.max_entries": "dnscache_size",
    "dns.ttl": "dnscache_enabled dns_cache dns_cache_ttl ttl_dns_cache",
    "retry.max_retries": "retry_times retries tries max_request_retries max_attempts retry_enabled retry_limit "
    "http_max_retries max_page_retries attempts retry_count retry.max",
    "retry.statuses": "retry_http_codes retry_on_http_status retry_codes status_forcelist retry_statuses "
    "retry_on_http_error",
    "retry.backoff": "backoff_factor backoff_seconds wait_retry retry_delay",
    "retry.backoff.initial": "retry.backoff.delay retry.backoff.min retry.backoff.base",
    "retry.respect_retry_after": "honor_retry_after retry_after",
    "output": "feeds feed_uri output_file output_path output_dir output_directory output_document storage dataset sink "
    "output_sink elasticsearch directory_prefix item_pipelines pipelines",
    "output.type": "feed_format output_format",
    "output.path": "output.file output.filename output.name output.url",
    "output.compress": "compression gzip",
    "output.on_exists": "overwrite no_clobber if_exists",
    "frontier.path": "jobdir job_dir state_dir storage_dir crawl_dir state save_state httpcache_dir cache_dir "
    "frontier.file",
    "frontier.type": "scheduler queue request_queue scheduler_disk_queue",
    "logging.level": "log_level loglevel verbosity log_enabled event_logs",
    "logging.file": "log_file logfile output_log logging.path",
    "logging.format": "log_format",
    "fail_if.failed_pages": "closespider_errorcount fail_on_failed_limit max_errors max_failed fail_on_failed_seed "
    "abort_on_error",
    "extract": "fields item_fields selectors extraction_rulesets items feed_export_fields",
    "follow": "link_extractor link_extractors restrict_css restrict_xpaths follow_links link_selector "
    "link_selectors enqueue_links",
    "recrawl": "httpcache_enabled incremental timestamping",
}


def folded(name: str) -> str:
    """`name` without what differs between styles: DOWNLOAD_DELAY, downloadDelay and download-delay are one."""
    return re.sub(r"[\s_-]", "", name).lower()


FOREIGN = {folded(name): key for key, names in _NAMES.items() for name in names.split()}
