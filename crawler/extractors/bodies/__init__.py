"""Forms of a page's body for outputs, one line each; each is a function from a document to its text or None."""

BODY_FORMS = {
    "text": "crawler.extractors.bodies.text_body:text_body",
    "markdown": "crawler.extractors.bodies.markdown_body:markdown_body",
}
# From how many bytes of a page on a form takes longer to make than others should wait. Of real documentation, parsing
# included, text takes 50 ms for 400 KB; Markdown 5 to 25 ms for the smallest pages, 1.5 s for 700 KB.
HEAVY_BYTES = {"text": 384 * 1024, "markdown": 1}
