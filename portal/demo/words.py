"""Names, places and sentences to invent customers from; no combination is meant to be anybody."""

from typing import NamedTuple

FIRST_NAMES = {
    "fi": (
        "Aino", "Eero", "Helmi", "Onni", "Venla", "Väinö", "Siiri", "Oiva", "Lempi", "Toivo", "Elsa", "Arvo", "Hilja",
        "Urho", "Saima", "Veikko", "Kerttu", "Otto", "Martta", "Reino", "Aune", "Kalle", "Tyyne", "Lauri", "Sylvi",
        "Antti", "Impi", "Matti", "Hilma", "Paavo", "Elina", "Juho", "Kaisa", "Mikko", "Laura", "Ville", "Jenni",
        "Petri", "Sari", "Timo", "Päivi", "Jari", "Anneli", "Kimmo", "Riikka", "Sami", "Tiina", "Jussi", "Noora",
        "Teemu", "Anna-Liisa", "Juha-Pekka", "Marja-Leena", "Veli-Matti", "Outi", "Niko", "Sanna", "Heikki", "Ritva",
        "Esa", "Pirkko", "Tapio", "Maija", "Olli",
    ),
    "sv": (
        "Åsa", "Göran", "Björn", "Malin", "Ebba", "Sören", "Ingegerd", "Håkan", "Linnéa", "Torsten", "Märta", "Vidar",
    ),
    "en": (
        "Oliver", "Amelia", "Niamh", "Callum", "Priya", "Daniel", "Grace", "Kwame", "Freya", "Mateo", "Leila", "Owen",
    ),
}  # fmt: skip
LAST_NAMES = {
    "fi": (
        "Kuusilampi", "Harjunmaa", "Sinivuori", "Kallioniitty", "Peltokoski", "Vaahterasalo", "Hopealahti",
        "Lumipuro", "Suokanto", "Myllyharju", "Kivikangas", "Havuneva", "Rantapelto", "Tuomivaara", "Pihlajasuo",
        "Koivukallio", "Metsäpuro", "Aallonharja", "Kanervaniemi", "Joutsenlampi", "Sammalkorpi", "Haapakari",
        "Virtapato", "Tervaharju", "Saarnilehto", "Korpikaivo", "Hirvisuvanto", "Leppäkallio", "Mäntysilta",
        "Vesipelto", "Ruskavuori", "Tähtikangas", "Pajuluoto", "Usvaniitty", "Hallavaara", "Kaislaranta",
        "Orvokkimäki", "Järvenhelmi", "Niittysilta", "Kuutamolahti", "Öljypuro", "Ääritalo", "Kurkiaukea",
        "Taivalsuo", "Sarapelto", "Kielosaari", "Tuulensalmi", "Vadelmaharju", "Hiirenkorpi", "Pilvikangas",
    ),
    "sv": (
        "Öström", "Ängslund", "Björkskär", "Lindnäs", "Sjöhage", "Granvret", "Åkerviken", "Stenbäcksö", "Ekgärde",
        "Måsholm",
    ),
    "en": (
        "O’Hara-Finch", "Ashgrove", "Larkmoor", "Thistlewood", "D’Arcy-Vale", "Marlbeck", "Quillfield", "Rowanhurst",
        "Saltmarsh", "Winterdale",
    ),
}  # fmt: skip
STREETS = (
    "Hallayöntie", "Kuutamosillantie", "Tähtisumunkatu", "Untuvaisenkuja", "Pilvipoudantie", "Sinisiivenkuja",
    "Iltasumuntie", "Usvalaaksontie", "Kesäsateenpolku", "Naavakuusenkuja", "Satulinnantie", "Kaukopihlajantie",
    "Hopeavirrankatu", "Sammalsillankatu", "Tuulimyllynrinne", "Lumikuuronkatu", "Pilvilinnankatu", "Tuulentuvantie",
    "Arvoituskuja", "Haavekatu", "Unelmapolku",
)  # fmt: skip
TRADES = (
    "Leipomo", "Sahaus", "Konepaja", "Puutarha", "Kahvila", "Autokorjaamo", "Kukkakauppa", "Verhoomo", "Rakennus",
    "Huonekaluliike", "Pesula", "Kirjapaino",
)  # fmt: skip
SOCIETIES = ("Kyläyhdistys", "Metsästysseura", "Urheiluseura", "Näytelmäkerho", "Purjehdusseura")


class Remark(NamedTuple):
    """Feedback with the reply that it gets."""

    category: str
    text: str
    reply: str


# In the language in which the customer deals with the company.
FEEDBACK = {
    "fi": (
        Remark(
            "outage",
            "Sähköt katkesivat kaksi kertaa samana iltana.",
            "Pahoittelemme katkoja. Vika oli muuntajalla, ja se korjattiin samana yönä.",
        ),
        Remark(
            "outage",
            "Katkosta ei tullut tekstiviestiä, vaikka olen tilannut ne.",
            "Puhelinnumerosi oli vanhentunut. Numero on nyt päivitetty, ja viestit tulevat jatkossa perille.",
        ),
        Remark(
            "praise",
            "Asentaja oli ystävällinen ja selitti kaiken rauhassa.",
            "Kiitos, välitimme viestin asentajalle.",
        ),
        Remark(
            "praise",
            "Kulutusraportista näkee nyt hyvin, mihin sähkö menee.",
            "Kiitos palautteesta! Se menee raportin tekijöille tiedoksi.",
        ),
        Remark(
            "invoice",
            "Laskua on vaikea lukea: mitä siirrosta ja mitä veroista maksan?",
            "Kävimme laskun rivit läpi puhelimessa. Lähetimme myös ohjeen laskun lukemiseen.",
        ),
        Remark(
            "invoice",
            "Lasku tuli vanhaan osoitteeseen, vaikka tein muuttoilmoituksen.",
            "Laskutusosoite on korjattu, ja lähetimme laskun uudelleen.",
        ),
        Remark(
            "service",
            "Puhelimessa piti odottaa melkein puoli tuntia.",
            "Pahoittelemme odotusta. Maanantaiaamuisin puhelin on ruuhkaisin; voit myös pyytää takaisinsoiton.",
        ),
        Remark(
            "service",
            "Chatista sai neuvon heti, kiitos siitä.",
            "Mukava kuulla, kiitos palautteesta!",
        ),
        Remark(
            "connection",
            "Kaapelikaivannon jäljiltä nurmikko jäi siistimättä.",
            "Urakoitsija viimeistelee nurmikon kahden viikon kuluessa.",
        ),
    ),
    "en": (
        Remark(
            "outage",
            "The power went off twice in one evening.",
            "We are sorry about this. A transformer had failed and was repaired the same night.",
        ),
        Remark(
            "praise",
            "The fitter was friendly and explained everything patiently.",
            "Thank you, we have passed this on to the fitter.",
        ),
        Remark(
            "invoice",
            "The invoice is hard to read: what is network service and what is tax?",
            "We went through the lines of the invoice with you by phone and sent you a guide to reading it.",
        ),
        Remark(
            "service",
            "I had to wait for almost half an hour on the phone.",
            "We are sorry for the wait. Monday mornings are the busiest; you may also ask us to call you back.",
        ),
        Remark(
            "connection",
            "The lawn was left untidy after the cable trench was filled.",
            "The contractor will finish the lawn within two weeks.",
        ),
    ),
    "sv": (
        Remark(
            "outage",
            "Strömmen bröts två gånger samma kväll.",
            "Vi beklagar avbrotten. Felet fanns i en transformator och reparerades samma natt.",
        ),
        Remark(
            "praise", "Montören var vänlig och förklarade allt i lugn och ro.", "Tack, vi har hälsat till montören."
        ),
        Remark(
            "invoice",
            "Fakturan är svår att läsa: vad är nätavgift och vad är skatt?",
            "Vi gick igenom fakturans rader per telefon.",
        ),
    ),
}


class Topic(NamedTuple):
    """What a call was about, noted in the language of the call, and to what its recording may be used (R62-R64)."""

    purpose: str
    direction: str
    words: dict[str, str]


CALL_TOPICS = (
    Topic(
        "verifying-transactions",
        "incoming",
        {"fi": "Laskun eräpäivän siirto", "en": "Moving the due date of an invoice", "sv": "Flyttning av förfallodag"},
    ),
    Topic(
        "verifying-transactions",
        "incoming",
        {"fi": "Laskutustavan vaihto", "en": "Changing the billing method", "sv": "Byte av faktureringssätt"},
    ),
    Topic(
        "verifying-transactions",
        "outgoing",
        {
            "fi": "Pääsulakkeen vaihdon ajankohta",
            "en": "Date of the main fuse change",
            "sv": "Tidpunkt för byte av huvudsäkring",
        },
    ),
    Topic(
        "complaints",
        "incoming",
        {"fi": "Sähkökatkon korvaus", "en": "Compensation for a power cut", "sv": "Ersättning för elavbrott"},
    ),
    Topic(
        "complaints",
        "outgoing",
        {"fi": "Vastaus laskun selvityspyyntöön", "en": "Answer about an invoice", "sv": "Svar om en faktura"},
    ),
    Topic(
        "service-development",
        "incoming",
        {"fi": "Neuvontaa kulutusraportista", "en": "Advice on the consumption report", "sv": "Råd om rapporten"},
    ),
)


class Told(NamedTuple):
    """Something held by the customer's consent."""

    subject: dict[str, str]
    value: dict[str, str]


OTHER_DATA = (
    Told(
        {
            "fi": "Avaimen säilytyspaikka mittarinvaihtoa varten",
            "en": "Where the key is kept for changing the meter",
            "sv": "Var nyckeln finns för mätarbyte",
        },
        {"fi": "Autokatoksen seinällä, koukussa", "en": "On a hook in the carport", "sv": "På en krok i biltaket"},
    ),
    Told(
        {
            "fi": "Yhteyshenkilö poissaolon ajaksi",
            "en": "Whom to contact while you are away",
            "sv": "Kontaktperson under bortavaro",
        },
        {"fi": "Naapuri, soita ovikelloa", "en": "The neighbour; please ring", "sv": "Grannen; ring på dörren"},
    ),
    Told(
        {
            "fi": "Hengityslaite kotona: ilmoitus suunnitelluista katkoista",
            "en": "Breathing equipment at home: to be told of planned power cuts",
            "sv": "Andningshjälpmedel hemma: meddelande om planerade avbrott",
        },
        {
            "fi": "Soitetaan vähintään kolme päivää ennen",
            "en": "Call at least three days before",
            "sv": "Ring minst tre dagar före",
        },
    ),
)
