"""Names and places to invent customers from; no combination is meant to be anybody."""

FIRST_NAMES = (
    "Aino", "Eero", "Helmi", "Onni", "Venla", "Väinö", "Siiri", "Oiva", "Lempi", "Toivo", "Elsa", "Arvo", "Hilja",
    "Urho", "Saima", "Veikko", "Kerttu", "Otto", "Martta", "Reino", "Aune", "Kalle", "Tyyne", "Lauri", "Sylvi",
    "Antti", "Impi", "Matti", "Hilma", "Paavo", "Elina", "Juho", "Kaisa", "Mikko", "Laura", "Ville", "Jenni",
    "Petri", "Sari", "Timo", "Päivi", "Jari", "Anneli", "Kimmo", "Riikka", "Sami", "Tiina", "Jussi", "Noora",
    "Teemu",
)
LAST_NAMES = (
    "Kuusilampi", "Harjunmaa", "Sinivuori", "Kallioniitty", "Peltokoski", "Vaahterasalo", "Hopealahti",
    "Lumipuro", "Suokanto", "Myllyharju", "Kivikangas", "Havuneva", "Rantapelto", "Tuomivaara", "Pihlajasuo",
    "Koivukallio", "Metsäpuro", "Aallonharja", "Kanervaniemi", "Joutsenlampi", "Sammalkorpi", "Haapakari",
    "Virtapato", "Tervaharju", "Saarnilehto", "Korpikaivo", "Hirvisuvanto", "Leppäkallio", "Mäntysilta",
    "Vesipelto", "Ruskavuori", "Tähtikangas", "Pajuluoto", "Usvaniitty", "Hallavaara", "Kaislaranta",
    "Orvokkimäki", "Järvenhelmi", "Niittysilta", "Kuutamolahti",
)
STREETS = (
    "Esimerkkikatu", "Mallitie", "Kuviteltukuja", "Näytepolku", "Harjoituskatu", "Kokeilutie", "Sepitekatu",
    "Satupolku", "Tarinatie", "Keksitynkuja",
)
COMPANIES = (
    "Esimerkkisahaus", "Kuviteltu Leipomo", "Näytepaja", "Mallipuutarha", "Sepitehuolto", "Tarinakahvila",
    "Kokeilukone", "Satutaksi", "Harjoituskenkä", "Keksitty Kukka",
)
FEEDBACK = (
    ("outage", "Sähköt katkesivat kaksi kertaa samana iltana.", "Vika oli muuntajalla ja se on korjattu."),
    ("praise", "Asentaja oli ystävällinen ja siisti.", "Kiitos, välitimme viestin asentajalle."),
    ("invoice", "The invoice was hard to read.", "We have explained the lines of the invoice by phone."),
    ("service", "Puhelimessa piti odottaa pitkään.", None),
)
CALL_TOPICS = ("Laskun eräpäivä", "Muuttoilmoitus", "Sähkökatko", "Pääsulakkeen koko", "Moving in")
OTHER_DATA = ("Avaimen säilytyspaikka mittarinlukua varten", "Yhteystieto poissaolon ajaksi")
