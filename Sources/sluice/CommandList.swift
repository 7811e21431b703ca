// The list of subcommands: one that is not here is run by nobody.

extension Program {
  static var commands: [any Subcommand.Type] {
    [
      InitCommand.self, ServeCommand.self, StopCommand.self, ImportCommand.self,
      SpoolCommand.self,
      PlanCheckCommand.self, PlanResolveCommand.self, PlanPreviewCommand.self,
      ConsultCommand.self, AnnounceCommand.self, AmendCommand.self, ApproveCommand.self,
      StartCommand.self, ApprovalKeygenCommand.self, ApprovalTextCommand.self,
      ApprovalSignCommand.self,
      PauseCommand.self, ResumeCommand.self, AbortCommand.self, RollBackCommand.self,
      ReinstateCommand.self,
      MerchantShowCommand.self, MerchantExcludeCommand.self, MerchantReinstateCommand.self,
      MerchantCloseCommand.self,
      TermsCheckCommand.self, TermsPublishCommand.self, TermsListCommand.self,
      TermsShowCommand.self,
      EraseCommand.self, VaultShowCommand.self, VaultInitCommand.self,
      PaymentShowCommand.self, PaymentResolveCommand.self,
      ReconcileCommand.self, AdjustCommand.self,
      ClockConfirmCommand.self,
      StatusCommand.self, ExplainCommand.self, MayCommand.self, DumpCommand.self,
      DiffCommand.self, ReplayCommand.self, VerifyCommand.self, AuditCommand.self,
      LogShowCommand.self, LogTailCommand.self,
      ExportCommand.self, ExportCloudEventsCommand.self, ExportTilesCommand.self,
      ExportAuditPackCommand.self,
      ReportVerifyCommand.self, BackupCommand.self,
      ProveEventCommand.self, ProveMerchantCommand.self, ProveCheckCommand.self,
      WitnessKeygenCommand.self, WitnessRequestCommand.self, WitnessCosignCommand.self,
      WitnessAttachCommand.self,
      DriveCommand.self, SimulateCommand.self, BenchCommand.self,
      CompletionsCommand.self, ManCommand.self,
    ]
  }
}
