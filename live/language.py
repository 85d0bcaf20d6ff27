"""Is a text in a language that the engine can score, which is English? By votes of words; small, pure, quick.

Function words decide, since every second word of running text is one of a few dozen. A word that English shares with
one of the other languages ("no", "was", "so") has no vote, nor have the particles of names (de, la, van). In doubt it
is English: "ok", "asdf" and "Los Angeles" are scored; refused is only what is plainly something else.
"""

import re
from collections.abc import Container, Sequence
from typing import Final

UNKNOWN_WORDS: Final = 5  # so many words, and none of them English, are no English: for languages that are not listed
LETTERS_PER_VOTE: Final = 2  # of another script: two Chinese signs are a word, and "ok" must not outvote a sentence

_ENGLISH: Final = """
about account after again already always and any anyone anything are aren't at be because been before being best
better but by can can't cannot change could couldn't day days did didn't does doesn't doing don't done down each
either else even ever every everyone everything few find first from get gets getting give go going good got great
hadn't has hasn't hate have haven't having he he's hello help here hers hey hi him his how i i'd i'll i'm i've if into
isn't it it's its just keep knew know let let's like look looking lot love made make making many may maybe might more
most much must my myself need needs never new next nice nobody not nothing now number off ok okay old one only order
other our ours out own people please really right said same say saying see seems sent she she's should shouldn't since
some someone something sorry still such sure take tell thank thanks that that's the their them then there there's
these they they're thing things think this those though thought time today together tomorrow too took try trying under
until up us use used using very wait waiting wanted wants wasn't way we're we've week weeks well went were weren't
what what's when where which while who whole why with without won't work working works worst would wouldn't wrong yeah
year years yep yes yesterday yet you you'll you're you've your yours bad back call called card cool dont fine full
game guy guys haha happy hope im ive kind left long money name pay phone place pretty read run show side stuff sucks
talk thats two three watch wow
"""
# English, and something else elsewhere ("no me gusta", "was ist das"): no vote, but the words are not strange.
_EITHER: Final = """
a an in is no me so am on do as we of to will man super her over want had last also all or for hard oh real start stop
come was
"""
# German, French, Spanish, Italian, Portuguese, Dutch; then Swedish, Norwegian, Danish, Polish, Czech, Turkish, Finnish,
# Hungarian, Romanian, Indonesian, Vietnamese, romanised Hindi. Left out are words that English knows, if only as slang,
# a name or a slip (die, dat, sim, ma, oder), and the particles of names.
_OTHER: Final = """
ich nicht und ist das der ein eine einen einem einer mit auf für sich auch noch nach wie aber bei nur wenn werden wird
wurde haben habe hatte kann können konnte mein meine meinen meiner ihr ihre ihren ihnen wir uns mir mich sie sind sein
schon sehr immer wieder jetzt heute gestern warum weil dass daß kein keine keinen nichts etwas bitte danke vielen
guten schlecht vom zum zur über bist seit funktioniert geht leider warte wer nein doch ganz alles diese dieser dieses
bestellung rechnung lieferung schlechter furchtbar schrecklich wunderbar stunden tagen wochen wieso endlich

je suis es tu elle nous vous ils elles une et sont pas que qui quoi dans pour avec mais où donc ce cette votre vos
notre leur leurs avez avons ont était être avoir fait très trop bien aussi encore toujours jamais rien tous toute
toutes quand pourquoi parce c'est j'ai n'est n'ai qu'il d'un d'une s'il j'aime ça merci bonjour salut bonsoir oui
beaucoup commande marche depuis aucun aucune peux peut veux veut voudrais quel quelle déçu

por para pero muy más está están estoy este esto eso esa ese soy somos fue tengo tiene tienen tienes quiero quiere
puedo puede pueden tus su usted ustedes yo él ella ellos nosotros qué cómo cuándo dónde porque cuando donde como
también siempre nunca todos toda todas aún ahora hoy ayer mañana gracias hola buenos buenas días tardes noches bueno
buena malo mala pésimo sí pedido ayuda muchas mucho mucha desde hasta sobre entre otro otra gusta hace hacer quién
necesito una unos quisiera vez veces sido nadie servicio funciona llegado

gli uno che è non sono sei siamo siete abbiamo hanno questo questa questi quello quella mio miei tuo nostro vostro
loro lui noi voi ci della dello delle degli dei nel nella sul sulla alla allo dal dalla anche ancora sempre mai più
molto molta poco tutto tutti niente nulla perché quando cosa quale grazie ciao buongiorno buonasera prego scusa ordine
vorrei posso può voglio essere stato stata c'è dov'è cos'è l'ordine aspetto giorni settimana orribile pessimo ottimo
bellissimo servizio

uma uns umas nas ao aos à pelo pela sem mas muito muita mais não eu ele ela eles elas você vocês meu minha meus minhas
seu sua isso isto esse essa aquele estão estou sou são foi tem tenho temos quero quer pode preciso fazer onde agora
hoje ontem amanhã obrigado obrigada olá bom boa dia tarde noite péssimo ótimo ainda já até depois serviço ninguém fui
duas vezes gostaria

ik jij hij zij wij jullie het een dit niet geen ook nog maar als voor naar uit heb hebt heeft hebben kan kunnen moet
mijn jouw zijn haar ons onze deze daar waar waarom wanneer erg zeer altijd nooit niets iets goed slecht bedankt
dankjewel bestelling wacht weken dagen vandaag morgen gisteren toch wel mij jou werkt wordt gaat zo'n twee keer iemand

och är att jag inte som på det har ett kan när från hur mig mycket bara också aldrig alltid hej varför og jeg ikke deg
hva hvor hvorfor takk noe veldig dere hvad hvordan hvornår tak noget meget nie się sie jest że czy dla już tylko mnie
jestem dlaczego dziękuję dziekuje proszę prosze gdzie kiedy bardzo moje mój moja czekam jsem není jsou proč děkuji
prosím velmi chci kde bir ve için çok ama değil yok daha gibi kadar neden evet teşekkürler merhaba lütfen
sipariş benim bana bunu nerede istiyorum ei että mutta niin mitä miksi minä sinä tämä kiitos huono todella olen missä
haluan nem egy és hogy vagyok nagyon köszönöm miért kérem szia și este sunt pentru că foarte mulțumesc să vreau itu
tidak saya anda kamu dengan untuk dari akan sudah belum bisa tapi karena kenapa bagaimana terima kasih tolong sangat
sekali pesanan nggak aku không tôi của một được cảm mera meri mujhe kya hain nahi nahin kab kaise kyun aap aapka karo
karna raha rahi bahut accha acha bhai gaya gayi chahiye abhi bhi
"""
_OF_ENGLISH: Final = 2
_OF_OTHER: Final = -2
_ACCENT: Final = -1  # half a proof: "Zürich", "café", "José" are said in English, two such words hardly
_VOTES: Final = {
    word: vote for words, vote in ((_ENGLISH, _OF_ENGLISH), (_EITHER, 0), (_OTHER, _OF_OTHER)) for word in words.split()
}
_OTHER_SCRIPT: Final = re.compile(r"[^\W\d_ツ\u0000-\u024f\u1e00-\u1eff]")  # ツ is the face of a shrug
_ACCENTED: Final = re.compile(r"[^\W\d_\u0000-\u00bf]")


def english(words: Sequence[str], *, known: Container[str]) -> bool:
    """Can these words (lower case, without the punctuation around them) be English? `known` are more English words."""
    votes = 0
    spoken = False
    strange = 0
    for word in words:
        vote = _VOTES.get(word)
        if vote is not None:
            votes += vote
            spoken = spoken or vote >= 0
        elif not word.isascii():
            votes += _foreignness(word)
        elif word.isalpha():
            strange += 1
            spoken = spoken or word in known
    return votes > _OF_OTHER and (spoken or strange < UNKNOWN_WORDS)


def _foreignness(word: str) -> int:
    """The votes of a word outside ASCII; 0 when it is emoji or typography."""
    letters = len(_OTHER_SCRIPT.findall(word))
    if letters:
        return _OF_OTHER * max(1, letters // LETTERS_PER_VOTE)
    return _ACCENT if _ACCENTED.search(word) else 0
