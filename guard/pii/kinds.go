package pii

// Kinds returns every kind of personal data that is a pattern with a check, beside [Email] and [Card], in the order in
// which overlapping findings of equal length win: what proves itself first, what needs a word last. Each call makes
// new ones; a kind is safe for concurrent use.
func Kinds() []*Kind {
	list := []*Kind{
		// Everywhere.
		urlCredentials(), iban(), mrz(), bitcoin(), ethereum(), otherCoins(), phone(), ipAddress(), macAddress(), dateOfBirth(),
		vin(), imei(), bic(), cardCode(), euVAT(),
		// Europe.
		itFiscalCode(), itVAT(), itIdentityCard(), itDriverLicense(), itPassport(),
		frNIR(), frTax(), frSIREN(), frSIRET(), frPassport(), frIDCard(),
		deTaxID(), deTaxNumber(), deSocialSecurity(), deIDCard(), dePassport(), deHealthInsurance(), deDrivingLicence(), deVehicle(),
		deCommercialRegister(), deDoctor(), dePostcode(),
		esDNI(), esNIE(), esCIF(), esSocialSecurity(), esPassport(),
		ukNINO(), ukNHS(), ukUTR(), ukDrivingLicence(), ukBankAccount(), ukPassport(), ukVehicle(), ukPostcode(),
		iePPS(), nlBSN(), nlPostcode(), beNationalNumber(), ptNIF(), ptCitizenCard(), chAHV(), atSVNR(),
		plPESEL(), plNIP(), plREGON(), plIDCard(), czBirthNumber(), roCNP(), bgEGN(), grAMKA(), hrOIB(), siEMSO(), huTAJ(),
		eeIsikukood(), sePersonnummer(), seOrganisation(), fiHETU(), dkCPR(), noFodselsnummer(), isKennitala(),
		ruINN(), ruSNILS(), ruPassport(), uaTax(), trID(), trVehicle(),
		// The Americas.
		usSSN(), usITIN(), usEIN(), usNPI(), usMBI(), usDEA(), usBankRouting(), usPassport(), usDriverLicense(), usZIP(),
		caSIN(), caPassport(), caDriverLicence(), caPostalCode(),
		brCPF(), brCNPJ(), mxCURP(), mxRFC(), mxCLABE(), arCUIT(), clRUT(), coNIT(),
		// Asia, Africa, Oceania.
		cnResidentID(), hkID(), twID(), jpMyNumber(), krRRN(), krFRN(), krDriverLicense(), krPassport(), krBRN(),
		inAadhaar(), inPAN(), inGSTIN(), inVoter(), inVehicle(), inPassport(),
		sgNRIC(), sgUEN(), myKad(), idNIK(), thID(), phTIN(), ilID(), zaID(), ngNIN(), ngVehicle(),
		auTFN(), auABN(), auACN(), auMedicare(), auPassport(), nzIRD(), nzNHI(),
		// Numbers of which only a word tells what they are.
		bankAccount(), passport(),
	}
	for _, k := range list {
		k.ready()
	}
	return list
}
