"""Forms of a page's body for outputs, one line each; each is a function from a document to its text or None."""

BODY_FORMS = {
    "text": "crawler.extractors.bodies.text_body:text_body",
    "markdown": "crawler.extractors.bodies.markdown_body:markdown_body",
}
