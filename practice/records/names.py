"""Words for the names of generated records. Some are awkward on purpose, as real names are."""


def words(text: str, between: str = "|") -> list[str]:
    return text.split(between)


FIRST = words(
    "Ava Liam Noor Mateo Chloé Søren Zoë Ibrahim Mei Oluwaseun Björn Priya Luca Anaïs Kenji Fatima Owen Ingrid Tomás "
    "Aoife Jamal Nadia Émile Grace Hiroshi Leila Marcus Yara Stefan Ruth",
    " ",
)
LAST = words(
    "Martin O'Brien Tremblay Nguyen García Müller Okafor Singh Kowalski Fernández Lévesque Ødegaard Tanaka Hughes "
    "Patel Rossi MacDonald Dubois Silva Abdullah Johansson Chen Bouchard Novák Campbell Ivanova D'Souza "
    "Larsen Moreau Kim",
    " ",
)

PLACES = words(
    "Alder Birch Cedar Copper Eastgate Falcon Foxglove Granite Harvest Highland Juniper Kestrel Lakeshore Larch "
    "Lighthouse Maple Meadow Millbrook Northfield Oakridge Orchard Pacific Pinecrest Prairie Quarry Redwood Riverside "
    "Rowan Sandstone Silverleaf Stonebridge Summit Thornhill Union Valley Westport Willow Windmill Wren Yellowhead",
    " ",
)
TRADES = words(
    "Electric|Plumbing|Office Supplies|Logistics|Concrete|Landscaping|Catering|Software|Roofing|Legal Services|"
    "Insurance|Print & Mail|Steel|Cleaning|Security|Staffing|Waste Services|Telecom|Fuels|Packaging|Engineering|"
    "Rentals|Medical Supply|Paper|Hardware|Consulting|Freight|Timber|Glass|Tools"
)
SUFFIXES = ("Inc.", "LLC", "Ltd.", "Co.", "& Sons", "Group", "Partners", "Corp.", "", "")
AWKWARD = (
    'Smith, Jones "Best Value" & Daughters',
    "L'Atelier Été — Côté Sud SARL",
    "Müller & Söhne GmbH <Berlin>",
    "東京オフィスサプライ株式会社",
    "شركة النور للتجارة",
    "מאפיית הכפר בע״מ",
    "Łódź Papier Sp. z o.o.",
    "Þór & Ægir ehf.",
    "ООО «Северный ветер»",
    "Zoë's Café; Bar & Grill 🍋",
    "Regional Cooperative Association for the Purchase, Repair and Distribution of Agricultural Machinery and Parts",
    "Tab-free, comma-rich, O''Neill, \\slash\\ & Co",
    "한빛 전기 주식회사",
    "Ngân Hà – Vật Liệu Xây Dựng",
)

DEPARTMENTS = words(
    "Finance|Accounts Payable|Sales|Marketing|Operations|Field Services|IT|Human Resources|Legal|Procurement|"
    "Research & Development|Customer Care|Facilities|Logistics|Quality|Training|Executive|Warehouse"
)
CITIES = words(
    "Vancouver|Toronto|Montréal|Calgary|Halifax|Seattle|Denver|Austin|Boston|Chicago|Québec|Winnipeg|Leeds|Bristol|"
    "Portland|Phoenix|San José|Ottawa|Miami|St. John's"
)
CLASSES = words("Residential|Commercial|Public Works|Maintenance|Emergency|Warranty|Internal|Grant-funded")
TITLES = words("Accountant|Buyer|Project Manager|Site Lead|Technician|Controller|Analyst|Coordinator|Director")
ITEMS = words(
    "Copper pipe|LED panel|Safety helmet|Work gloves|Toner cartridge|Filter|Cable, 3-core|Paint, 4 L|Door hinge|"
    "Bolt M8 × 40|Drill bit|Label roll|Sensor|Valve ½″|Gasket|Router|Desk lamp|Chair|Cleaning kit|Battery"
)
WORKS = words(
    "Renovation|Fit-out|Roof Repair|Expansion|Audit|Migration|Road Works|Upgrade|Survey|Landscaping|Retrofit|Launch"
)
TASKS = words(
    "Planning|Design|Permits|Site Preparation|Foundations|Framing|Electrical|Plumbing|Finishing|Inspection|Handover"
)
COSTS = words("Labor|Material|Equipment|Subcontract|Permits & Fees|Travel|Overhead|Rental|Other")
ACCOUNTS = (
    ("Cash & Bank", "balancesheet", "debit", "Cash and Cash Equivalents"),
    ("Accounts Receivable", "balancesheet", "debit", "Accounts Receivable"),
    ("Accounts Payable", "balancesheet", "credit", "Accounts Payable"),
    ("Retained Earnings", "balancesheet", "credit", "Retained Earnings"),
    ("Service Revenue", "incomestatement", "credit", "Revenue"),
    ("Cost of Sales", "incomestatement", "debit", "Cost of Goods Sold"),
    ("Office Expense", "incomestatement", "debit", "Operating Expenses"),
    ("Other Expense", "incomestatement", "debit", "Other Expense"),
)
GRANTS = words("Community Health|Clean Water|Youth Skills|Arts Access|Rural Broadband|Housing First|STEM Labs")
CURRENCIES = ("USD", "CAD", "GBP", "EUR", "AUD", "MXN", "JPY", "CHF", "SEK", "NZD", "ZAR", "INR")
