"""From the list to what the public reads, through the client that openapi-python-client makes."""

import os
from http import HTTPStatus
from typing import cast

from masthead_client import AuthenticatedClient, Client
from masthead_client.api.articles import (
    create_article,
    get_article,
    list_articles,
    patch_article,
    publish_article,
)
from masthead_client.models import (
    Article,
    ArticleInput,
    ArticleList,
    ArticlePatch,
    BodyInput,
    CreditInput,
    EditorialArticle,
    NoteInput,
    Problem,
    Status,
)
from masthead_client.types import Response

BASE = os.environ["MASTHEAD_URL"]
editor = AuthenticatedClient(base_url=BASE, token=os.environ["MASTHEAD_KEY"])
# The generator asks for a key wherever one may be sent, also where none needs to be.
reader = cast(AuthenticatedClient, Client(base_url=BASE))


def etag(response: Response[EditorialArticle | Problem]) -> str:
    """Each write answers with the ETag for the next."""
    return response.headers["etag"]


# What a patch leaves out stays as it is: the generator must find no default to send.
assert ArticlePatch(title="x").to_dict() == {"title": "x"}

# The generator sends the defaults of parameters: they change nothing, without a key neither.
listed = list_articles.sync(client=reader, limit=2, tag="merrowhaven", include="authors")
assert isinstance(listed, ArticleList), listed
assert len(listed.data) == 2
assert isinstance(listed.page.next_, str)
first = listed.data[0]
assert isinstance(first, Article), first
assert first.authors and first.authors[0].name == "Tobias Fennick"

made = create_article.sync_detailed(
    client=editor,
    body=ArticleInput(
        title="The lamp on Fort Island",
        authors=[CreditInput(author="tobias-fennick")],
        tags=["merrowhaven"],
        body=BodyInput(source="It is *lit* again."),
    ),
)
assert isinstance(made.parsed, EditorialArticle), made.parsed
article = str(made.parsed.id)

edited = patch_article.sync_detailed(
    article,
    client=editor,
    if_match=etag(made),
    body=ArticlePatch(title="The lamp on Fort Island is lit"),
)
assert isinstance(edited.parsed, EditorialArticle), edited.parsed
assert edited.parsed.version == 2

lost = patch_article.sync_detailed(
    article, client=editor, if_match=etag(made), body=ArticlePatch(title="Darkness")
)
assert lost.status_code == HTTPStatus.PRECONDITION_FAILED
assert isinstance(lost.parsed, Problem) and lost.parsed.code == "stale_version"
assert lost.parsed.changed_fields == ["title"]

published = publish_article.sync(article, client=editor, if_match=etag(edited), body=NoteInput())
assert isinstance(published, EditorialArticle), published
assert published.status == Status.PUBLISHED

seen = get_article.sync(made.parsed.slug, client=reader)
assert isinstance(seen, Article), seen
assert seen.title == "The lamp on Fort Island is lit"
assert seen.body and "<em>lit</em>" in seen.body.html
print("openapi-python-client: list, create, edit, lost edit, publish, read back")
