# Everything that a stack can have.
locals {
  rules = {
    "4.5" = {
      description = "4.5 CloudTrail configuration changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.5 CloudTrail configuration changed (critical)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging", "DeleteTrail"]}}
      EOT
    }
    "iam/policy-changed" = {
      description = "iam/policy-changed IAM policy changed"
      state       = "ENABLED"
      regions     = ["us-east-1", "us-gov-west-1", "cn-north-1"]
      message     = <<-EOT
        "iam/policy-changed IAM policy changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Attach"}, {"suffix": "Policy"}]}}
      EOT
    }
    root = {
      description = "root Root user activity"
      state       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
      regions     = []
      message     = <<-EOT
        "root Root user activity (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {"detail": {"userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]}}}
      EOT
    }
    noisy = {
      description = "noisy Off for now"
      state       = "DISABLED"
      regions     = ["eu-west-1"]
      message     = <<-EOT
        "noisy Off for now (info)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {"detail": {"count": [{"numeric": [">", 0, "<=", 2.5]}, null]}}
      EOT
    }
  }

  message_paths = {
    account = "$.account"
    actor   = "$.detail.userIdentity.arn"
    address = "$.detail.sourceIPAddress"
    call    = "$.detail.eventName"
    error   = "$.detail.errorCode"
    id      = "$.detail.eventID"
    region  = "$.region"
    service = "$.detail.eventSource"
    time    = "$.time"
    type    = "$.detail-type"
  }

  function = {
    description = "Answers."
    rules       = ["4.5", "iam/policy-changed"]
    memory      = 256
    timeout     = 90
    concurrency = 2
    log_days    = 365
    variables = {
      GREETING = "say \"$${hello}\" %%{if} \\o/"
      MODE     = var.mode
      ROLE     = aws_iam_role.function.arn
      TOPIC    = aws_sns_topic.alerts.arn
    }
  }

  # What the function may do besides its own work; the last only to enforce.
  function_tells = [
    {
      sid       = "Tell"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.alerts.arn]
    },
    {
      sid       = "EncryptWhatIsTold"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = [aws_kms_key.alerts.arn]
    },
  ]
  function_reads = [
    {
      sid       = "ReadTrails"
      actions   = ["cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"]
      resources = ["arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/*"]
    },
    {
      sid       = "ReadNetworks"
      actions   = ["ec2:DescribeSecurityGroups"]
      resources = ["*"]
    },
  ]
  function_writes = [
    {
      sid       = "Act"
      actions   = ["cloudtrail:StartLogging"]
      resources = ["arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/$${aws:PrincipalTag/trail}", "arn:aws:cloudtrail:eu-west-1:123456789012:trail/x"]
    },
  ]
}
