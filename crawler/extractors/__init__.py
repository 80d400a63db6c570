"""Extractors: adapters of the `Extractor` port, one line each, by the key of a field that holds the expression."""

EXTRACTORS = {
    "css": "crawler.extractors.css_extractor:CssExtractor",
    "xpath": "crawler.extractors.xpath_extractor:XPathExtractor",
    "regex": "crawler.extractors.regex_extractor:RegexExtractor",
    "jsonld": "crawler.extractors.jsonld_extractor:JsonLdExtractor",
    "json": "crawler.extractors.json_extractor:JsonExtractor",
    "meta": "crawler.extractors.meta_extractor:MetaExtractor",
}
