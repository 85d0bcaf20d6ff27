"""Which texts are refused because the engine cannot read their language, and which never."""

import pytest

from live.language import english
from live.sentiment import score

ELSEWHERE = """
Wo ist meine Bestellung?
Danke, das war sehr hilfreich
Das geht nicht
Nein danke
Ich warte seit drei Wochen
C'est inadmissible, j'attends depuis trois semaines
Où est ma commande ?
Merci beaucoup
Très déçu
¿Dónde está mi pedido?
Muchas gracias, todo perfecto
No me gusta nada
El servicio es muy malo
Nadie me responde
Il servizio è pessimo, aspetto da settimane
Grazie mille, tutto perfetto
Non funziona niente
Sono molto arrabbiato
Isso é um absurdo, estou esperando há semanas
Muito obrigado, foi perfeito
Não funciona
Bom dia, preciso de ajuda
Dit is echt slecht, ik wacht al drie weken
Waar is mijn bestelling?
Het werkt niet
Ik wil mijn geld terug
Det här är inte bra
Tack så mycket, det var jättebra
Hvor er min bestilling?
Jeg vil gerne tale med nogen
Gdzie jest moje zamówienie?
Dziękuję bardzo
Nefunguje to vůbec, jsem naštvaný
Siparişim nerede?
Çok kötü
Tämä on todella huono palvelu
Nem működik, nagyon rossz
Serviciul este foarte prost
Di mana pesanan saya?
Dịch vụ quá tệ, tôi đã chờ ba tuần
mera order kab aayega
आपकी सेवा बहुत खराब है
Это просто ужасно
Спасибо ok
我的订单在哪里
iPhone坏了
注文はどこですか
주문이 어디에 있나요
أين طلبي
Πού είναι
Nombor pesanan telah hilang semalam
"""


IN_DOUBT = """
asdf
die
idk
omg
was it so?
No, the other one
pls fix asap thx
terrible horrible awful useless garbage company
Los Angeles
San Francisco
José
Juan de la Cruz
my name is Müller
Zürich flight delayed
café is closed
naïve
Thanks, merci!
I love 東京
λ is not defined
I guess so ¯\\_(ツ)_/¯
"""


@pytest.mark.parametrize("text", [*ELSEWHERE.strip().splitlines(), "Tre\u0300s de\u0301c\u0327u"])
def test_another_language_is_not_scored_and_never_neutral(text: str) -> None:
    assert not score(text).supported


@pytest.mark.parametrize("text", IN_DOUBT.strip().splitlines())
def test_in_doubt_it_is_english(text: str) -> None:
    assert score(text).supported


def test_five_strange_words_are_no_english_unless_the_engine_knows_one() -> None:
    words = ["qua", "quo", "quaqua", "quoquo", "quiqui"]
    assert not english(words, known=())
    assert english(words, known={"quo"})
    assert english(words[:4], known=())
