from core.refused import Refused as Refused
