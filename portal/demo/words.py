"""Names and places to invent customers from; no combination is meant to be anybody."""

FIRST_NAMES = (
    "Aino", "Eero", "Helmi", "Onni", "Venla", "Väinö", "Siiri", "Oiva", "Lempi", "Toivo", "Elsa", "Arvo", "Hilja",
    "Urho", "Saima", "Veikko", "Kerttu", "Otto", "Martta", "Reino", "Aune", "Kalle", "Tyyne", "Lauri", "Sylvi",
    "Antti", "Impi", "Matti", "Hilma", "Paavo", "Elina", "Juho", "Kaisa", "Mikko", "Laura", "Ville", "Jenni",
    "Petri", "Sari", "Timo", "Päivi", "Jari", "Anneli", "Kimmo", "Riikka", "Sami", "Tiina", "Jussi", "Noora",
    "Teemu",
)  # fmt: skip
LAST_NAMES = (
    "Kuusilampi", "Harjunmaa", "Sinivuori", "Kallioniitty", "Peltokoski", "Vaahterasalo", "Hopealahti",
    "Lumipuro", "Suokanto", "Myllyharju", "Kivikangas", "Havuneva", "Rantapelto", "Tuomivaara", "Pihlajasuo",
    "Koivukallio", "Metsäpuro", "Aallonharja", "Kanervaniemi", "Joutsenlampi", "Sammalkorpi", "Haapakari",
    "Virtapato", "Tervaharju", "Saarnilehto", "Korpikaivo", "Hirvisuvanto", "Leppäkallio", "Mäntysilta",
    "Vesipelto", "Ruskavuori", "Tähtikangas", "Pajuluoto", "Usvaniitty", "Hallavaara", "Kaislaranta",
    "Orvokkimäki", "Järvenhelmi", "Niittysilta", "Kuutamolahti",
)  # fmt: skip
STREETS = (
    "Esimerkkikatu", "Mallitie", "Kuviteltukuja", "Näytepolku", "Harjoituskatu", "Kokeilutie", "Sepitekatu",
    "Satupolku", "Tarinatie", "Keksitynkuja",
)  # fmt: skip
COMPANIES = (
    "Esimerkkisahaus", "Kuviteltu Leipomo", "Näytepaja", "Mallipuutarha", "Sepitehuolto", "Tarinakahvila",
    "Kokeilukone", "Satutaksi", "Harjoituskenkä", "Keksitty Kukka",
)  # fmt: skip
# category, words, reply: in the language in which the customer deals with the company
FEEDBACK = {
    "fi": (
        ("outage", "Sähköt katkesivat kaksi kertaa samana iltana.", "Vika oli muuntajalla ja se on korjattu."),
        ("praise", "Asentaja oli ystävällinen ja siisti.", "Kiitos, välitimme viestin asentajalle."),
        ("invoice", "Laskua oli vaikea lukea.", "Kävimme laskun rivit läpi puhelimessa."),
        ("service", "Puhelimessa piti odottaa pitkään.", None),
    ),
    "en": (
        ("outage", "The power went off twice in one evening.", "A transformer had failed and has been repaired."),
        ("praise", "The fitter was friendly and tidy.", "Thank you, we have passed this on to the fitter."),
        ("invoice", "The invoice was hard to read.", "We have explained the lines of the invoice by phone."),
        ("service", "I had to wait for a long time on the phone.", None),
    ),
}
CALL_TOPICS = {
    "fi": ("Laskun eräpäivä", "Muuttoilmoitus", "Sähkökatko", "Pääsulakkeen koko"),
    "en": ("Due date of an invoice", "Moving in", "Power cut", "Main fuse size"),
}
OTHER_DATA = ("Avaimen säilytyspaikka mittarinlukua varten", "Yhteystieto poissaolon ajaksi")
